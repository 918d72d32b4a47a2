// Makes many crashes of a few: each segment of a filled store becomes several, of which each has its own part of the time, its own
// installations, reports and rows. All other columns stay as they are, so ten million crashes take minutes instead of hours.
//
// What that leaves out: values of which nearly each crash has another (a URL, the start of the program) come back once in each copy.
import { packColumn, unpackColumn } from '../../src/search/columns/pack-column.ts';
import { narrowed } from '../../src/search/columns/column.ts';
import type { Column } from '../../src/search/columns/column.ts';
import { FIELDS } from '../../src/search/fields.ts';
import type { Connection } from '../../src/store/embedded/database/query.ts';

const DAY_MS = 86_400_000;
/** Numbers of reports carry their second in front of this. */
const REPORTS_OF_A_SECOND = 1_048_576;
const NUMBERS_OF_A_COPY = 1000;

interface Segment {
  readonly id: number;
  readonly productId: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly rows: number;
  readonly fromReceived: number;
  readonly toReceived: number;
}

/** Each segment becomes so many. The newest copy of each keeps its reports, so that lists find crash ids. */
export function multiplySegments(connection: Connection, copies: number): void {
  const segments = connection
    .prepare(
      `SELECT id, product_id AS productId, first_seq AS firstSeq, last_seq AS lastSeq, rows, from_received AS fromReceived,
         to_received AS toReceived
       FROM segments ORDER BY id`,
    )
    .all() as Segment[];
  for (const segment of segments) {
    connection.transaction(() => multiply(connection, segment, copies))();
  }
  connection
    .prepare(
      `UPDATE sqlite_sequence SET seq = (SELECT max(last_seq) FROM segments) WHERE name = 'facts_tail'`,
    )
    .run();
}

function multiply(connection: Connection, segment: Segment, copies: number): void {
  const packed = connection
    .prepare(`SELECT key_id AS key, data FROM segment_columns WHERE segment_id = ?`)
    .all(segment.id) as { readonly key: number; readonly data: Uint8Array }[];
  const numbers = new Map(
    OWN.map((key) => [key, doubles(packed.find((one) => one.key === key)?.data, segment.rows)]),
  );
  const insertSegment = connection.prepare(
    `INSERT INTO segments (product_id, first_seq, last_seq, rows, from_received, to_received) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const insertColumn = connection.prepare(
    `INSERT INTO segment_columns (segment_id, key_id, data) VALUES (?, ?, ?)`,
  );
  const span = segment.lastSeq - segment.firstSeq + 1;
  for (let copy = 0; copy < copies; copy += 1) {
    const own = copyOf(segment, numbers, { copy, copies });
    const firstSeq = segment.firstSeq * copies + copy * span;
    const { lastInsertRowid } = insertSegment.run(
      segment.productId,
      firstSeq,
      firstSeq + span - 1,
      segment.rows,
      ...own.span,
    );
    for (const { key, data } of packed) {
      const column = own.columns.get(key);
      insertColumn.run(lastInsertRowid, key, column === undefined ? data : packColumn(column));
    }
    if (copy === copies - 1) moveReports(connection, numbers.get(FIELDS.report.key), own);
  }
  connection.prepare(`DELETE FROM segment_columns WHERE segment_id = ?`).run(segment.id);
  connection.prepare(`DELETE FROM segments WHERE id = ?`).run(segment.id);
}

/** Columns in which copies differ. */
const OWN: readonly number[] = [
  FIELDS.seq.key,
  FIELDS.report.key,
  FIELDS.received.key,
  FIELDS.happened.key,
  FIELDS.installation.key,
];

interface Copy {
  readonly columns: ReadonlyMap<number, Column>;
  readonly reports: Float64Array;
  readonly received: Float64Array;
  readonly span: readonly [from: number, to: number];
}

function copyOf(
  { firstSeq, lastSeq, fromReceived, toReceived, rows }: Segment,
  numbers: ReadonlyMap<number, Float64Array>,
  { copy, copies }: { readonly copy: number; readonly copies: number },
): Copy {
  const of = (key: number): Float64Array => numbers.get(key) ?? new Float64Array(rows);
  const length = (toReceived - fromReceived) / copies;
  const received = of(FIELDS.received.key).map((time) =>
    Math.floor(fromReceived + copy * length + (time - fromReceived) / copies),
  );
  const reports = of(FIELDS.report.key).map(
    (report, row) =>
      Math.floor((received[row] ?? 0) / 1000) * REPORTS_OF_A_SECOND +
      (copy + 1) * NUMBERS_OF_A_COPY +
      (report % REPORTS_OF_A_SECOND),
  );
  const first = firstSeq * copies + copy * (lastSeq - firstSeq + 1);
  return {
    reports,
    received,
    span: [
      received.reduce((least, time) => Math.min(least, time), Number.MAX_SAFE_INTEGER),
      received.reduce((greatest, time) => Math.max(greatest, time), 0),
    ],
    columns: new Map([
      [FIELDS.seq.key, narrowed(of(FIELDS.seq.key).map((seq) => first + seq - firstSeq))],
      [FIELDS.report.key, narrowed(reports)],
      [FIELDS.received.key, narrowed(received)],
      [FIELDS.happened.key, narrowed(received.map((time) => Math.floor(time / DAY_MS)))],
      [FIELDS.installation.key, narrowed(of(FIELDS.installation.key).map((number) => number + copy))],
    ]),
  };
}

function moveReports(
  connection: Connection,
  before: Float64Array | undefined,
  { reports, received }: Copy,
): void {
  const move = connection.prepare(`UPDATE reports SET id = ?, received_at = ? WHERE id = ?`);
  for (const [row, id] of (before ?? new Float64Array(0)).entries())
    move.run(reports[row], received[row], id);
}

function doubles(data: Uint8Array | undefined, rows: number): Float64Array {
  if (data === undefined) return new Float64Array(rows).fill(NaN);
  const column = unpackColumn(data);
  if (column.kind === 'number') return column.numbers;
  if (column.kind !== 'whole') throw new Error('a column of numbers is kept as words');
  return Float64Array.from(column.codes, (code) => (code === 0 ? NaN : column.least + code - 1));
}
