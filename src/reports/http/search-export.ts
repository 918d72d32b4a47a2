// Everything that a search selects, as CSV or as a JSON object in each line, written as it is read: page after page of the store, none of
// which is kept, so that the number of rows does not matter.
import { Readable } from 'node:stream';
import type { FactValue } from '../../search/facts.ts';
import type { QueryFault } from '../../search/query/query-fault.ts';
import type { SearchAnswer } from '../../store/crash-search.ts';
import { ReadRefused } from '../../store/reports.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { SearchAsked } from '../gate/seen-search.ts';
import { searchValue } from '../view/search-json.ts';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
};
/** Each page is a question of its own, which looks at all rows again. */
const PAGE_ROWS = 5000;

export interface Export {
  readonly stream: Readable;
  readonly fileName: string;
  readonly contentType: string;
  /** What the file holds, as headers: how many crashes and rows, counted in how many that are filed, how many reports still wait. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The first page is read before anything is answered, so that a fault is an answer of its own. */
export async function openSearchExport(
  seen: SeenStore,
  asked: SearchAsked & { readonly list: NonNullable<SearchAsked['list']> },
  format: ExportFormat,
): Promise<Export | { readonly fault: QueryFault }> {
  const { columns } = asked.list;
  const pageAt = (cursor: string | null) =>
    seen.search({
      ...asked,
      facets: [],
      histogram: null,
      distinct: [],
      numbers: [],
      whole: true,
      list: { ...asked.list, limit: PAGE_ROWS, cursor },
    });
  const first = await pageAt(null);
  if ('fault' in first) return first;
  // Half a list is no answer: whoever asks learns of it before the first row.
  if (!first.answer.complete) throw new ReadRefused('took_too_long');
  const write = format === 'csv' ? csvRow : jsonRow(columns);
  async function* lines(page: SearchAnswer): AsyncGenerator<string> {
    if (format === 'csv') yield `${columns.map(csvCell).join(',')}\r\n`;
    let answer = page;
    for (;;) {
      if (!answer.complete) throw new Error('a page of an export could not be read in time');
      yield answer.list
        .map(({ values }) => write(columns.map((key, at) => searchValue(key, values[at] ?? null))))
        .join('');
      if (answer.next === null) return;
      const next = await pageAt(answer.next);
      if ('fault' in next) throw new Error(next.fault.problem);
      answer = next.answer;
    }
  }
  return {
    stream: Readable.from(lines(first.answer)),
    fileName: `crashes.${format}`,
    contentType: CONTENT_TYPES[format],
    headers: {
      'mayday-crashes': String(first.answer.crashes),
      'mayday-rows': String(first.answer.rows),
      'mayday-counted': String(first.answer.counted),
      'mayday-existing': String(first.answer.existing),
      'mayday-waiting': String(first.answer.waiting),
    },
  };
}

type Write = (cells: readonly (FactValue | null)[]) => string;

const csvRow: Write = (cells) =>
  `${cells.map((cell) => csvCell(cell === null ? '' : typeof cell === 'object' ? cell.join('; ') : cell)).join(',')}\r\n`;

/**
 * RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe in front: anybody can send one. Some take the wide forms of
 * East Asian keyboards for the same signs.
 */
export function csvCell(cell: string | number): string {
  if (typeof cell === 'number') return String(cell);
  const isFormula = /^[=+\-@\t\r\n\u0000＝＋－＠]/.test(cell) && !/^[+-]?[\d.]+$/.test(cell);
  const text = isFormula ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonRow(columns: readonly string[]): Write {
  return (cells) =>
    `${JSON.stringify(Object.fromEntries(columns.map((key, at) => [key, cells[at] ?? null])))}\n`;
}
