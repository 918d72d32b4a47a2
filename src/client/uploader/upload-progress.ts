// What `mayday send` shows: a bar on a terminal, a line for each report elsewhere, and a table at the end.
import type { Row } from './run.ts';

const BAR_WIDTH = 24;
const MAX_NAME = 60;
const MAX_ROWS = 200;

/** `[########        ] 3/10  12.3 MB  name`, without a line end. */
export function progressBar(state: {
  readonly index: number;
  readonly items: number;
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly name: string;
}): string {
  const { index, items, sentBytes, totalBytes, name } = state;
  const share = totalBytes === 0 ? 1 : Math.min(1, sentBytes / totalBytes);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}]`;
  return `${bar} ${index + 1}/${items}  ${size(sentBytes)} of ${size(totalBytes)}  ${ending(name)}`;
}

/** One report that is done, as a line. */
export function rowLine({ result, item, detail }: Row): string {
  return `${result}: ${item.kind} ${item.name}${detail === '' ? '' : ` (${detail})`}`;
}

/** The table, and under it how many of what. */
export function summaryTable(rows: readonly Row[]): string {
  const cells = rows
    .slice(0, MAX_ROWS)
    .map(
      ({ result, item, detail }) => [result, item.kind, size(item.bytes), ending(item.name), detail] as const,
    );
  const header = ['result', 'kind', 'size', 'report', 'answer'] as const;
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const more = rows.length > MAX_ROWS ? [`… and ${rows.length - MAX_ROWS} more`] : [];
  return `${[line(header), ...cells.map(line), ...more, totals(rows)].join('\n')}\n`;
}

function totals(rows: readonly Row[]): string {
  const counts = new Map<string, number>();
  for (const { result } of rows) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ');
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The end of a path says more than its beginning. */
function ending(name: string): string {
  return name.length <= MAX_NAME ? name : `…${name.slice(1 - MAX_NAME)}`;
}
