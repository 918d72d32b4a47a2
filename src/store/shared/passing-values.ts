// What is of one report alone: counting or searching it says nothing of a bug, and would take the places of what does.

/** Sections whose entries are a list: what stands in the place of names are times, each another one. */
export const LIST_SECTIONS: ReadonlySet<string> = new Set(['breadcrumbs']);

/** Ids of single requests, which clients send with every event. */
const REQUEST_IDS: ReadonlySet<string> = new Set(['trace_id', 'span_id', 'parent_span_id']);

/** Whether a value is another one in nearly every report. */
export function isPassing(section: string, name: string): boolean {
  return LIST_SECTIONS.has(section) || (section === 'context trace' && REQUEST_IDS.has(name));
}
