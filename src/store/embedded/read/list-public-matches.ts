// The report list by words in public annotations, for people without the right to the others. Neither what is on a page nor where
// the next one begins may depend on a protected annotation, or guessing words would tell what stands there. So the list goes
// through windows of so many reports each, whatever they hold: a page ends where it is full of rows that everybody sees, or where
// the window ends. The search index, which knows protected words too, only spares work inside of a window.
import type { Page, PageRequest, ReportFilter, ReportRow } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { annotationsFromJson } from '../../shared/report-row.ts';
import { candidateKeys } from './candidate-keys.ts';
import type { Search } from './candidate-keys.ts';
import { cursorAfter } from '../../shared/cursor.ts';

/** Reports of one window. */
const WINDOW = 20_000;

const windowEnd = query<[from: number, before: number, offset: number], number>(`
  SELECT id FROM reports WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET ?`);

const searched = query<[id: number], { annotations: string; publicNames: string }>(`
  SELECT opened(reports.annotations, 'reports.annotations') AS annotations, products.public_annotations AS publicNames
  FROM reports
  JOIN kinds ON kinds.id = reports.kind_id
  JOIN products ON products.id = kinds.product_id
  WHERE reports.id = ?`);

/** One page; `rowOf` gives the row of a report that the other filters leave, else null. */
export function listPublicMatches(
  connection: Connection,
  search: Search & { readonly filter: ReportFilter & { readonly textIn: readonly string[] } },
  { limit }: PageRequest,
  rowOf: (key: number) => ReportRow | null,
): Page<ReportRow> {
  const { range, words, filter } = search;
  const general = new Set(filter.textIn);
  const end = windowEnd(connection).pluck().get(range.from, range.before, WINDOW) ?? null;
  const window = { from: end ?? range.from, before: range.before };
  const rows: ReportRow[] = [];
  for (const key of candidateKeys(connection, { ...search, range: window })) {
    const row = rowOf(key);
    if (row === null || !holdsWords(connection, key, words, general)) continue;
    rows.push(row);
    if (rows.length === limit) return { rows, next: cursorAfter(key) };
  }
  return { rows, next: end === null ? null : cursorAfter(end) };
}

/** Whether the public annotations of a report hold every word, in names or values, in either case. */
function holdsWords(
  connection: Connection,
  key: number,
  words: readonly string[],
  general: ReadonlySet<string>,
): boolean {
  const report = searched(connection).get(key);
  if (report === undefined) return false;
  const own = JSON.parse(report.publicNames) as readonly string[];
  const text = annotationsFromJson(report.annotations)
    .filter((annotation) => general.has(annotation.key) || own.includes(annotation.key))
    .map((annotation) => `${annotation.key}\n${annotation.value}`)
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
