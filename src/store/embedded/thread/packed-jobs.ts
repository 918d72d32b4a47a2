// Jobs on their way from the main thread to the writer thread. Nearly all of them are reports, and those cross as plain
// values and one buffer: an object is cloned with all its names, and a small Buffer with the whole pool that it lies in.
import type { NewReportRow } from '../write/commit-report.ts';
import type { Job } from './protocol.ts';

/** The columns of a row that are texts, numbers or null, in the order in which they cross. */
const COLUMNS = [
  'crashId',
  'account',
  'product',
  'protocol',
  'state',
  'schema',
  'receivedAt',
  'version',
  'platform',
  'installation',
  'token',
  'payloadKind',
  'encoding',
  'bodyBytes',
  'userAgent',
  'clientHash',
  'throttleRule',
  'throttleAction',
  'folderBytes',
  'attachmentBytes',
  'attachmentCount',
  'noteCount',
  'jamiJson',
  'notesJson',
  'attachmentsJson',
  'annotationsJson',
  'commitBefore',
] as const satisfies readonly (keyof NewReportRow)[];

/** A report: growth in the database and in files, length of identity and data (-1: null), then `COLUMNS`. */
type PackedReport = readonly (string | number | null)[];

const HEAD = 4;
const NOTHING = -1;

/** A batch as it crosses; `bytes` is transferred. */
export interface PackedJobs {
  readonly jobs: readonly (PackedReport | Job)[];
  /** Identity and data of every report, in the order of the jobs. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Packs a batch; the jobs stay as they are. */
export function packJobs(jobs: readonly Job[]): PackedJobs {
  let size = 0;
  for (const job of jobs) {
    const row = reportOf(job);
    if (row !== null) size += (row.identity?.length ?? 0) + (row.data?.length ?? 0);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  const append = (part: Uint8Array | null): number => {
    if (part === null) return NOTHING;
    bytes.set(part, at);
    at += part.length;
    return part.length;
  };
  const packed = jobs.map((job) => {
    const row = reportOf(job);
    if (row === null) return job;
    const { rows, files } = job.growth;
    const values: (string | number | null)[] = [rows, files, append(row.identity), append(row.data)];
    for (const column of COLUMNS) values.push(row[column]);
    return values;
  });
  return { jobs: packed, bytes };
}

/** The inverse. The rows' bytes are views into `bytes`. */
export function unpackJobs({ jobs, bytes }: PackedJobs): readonly Job[] {
  let at = 0;
  const next = (length: number): Uint8Array | null => {
    if (length === NOTHING) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
  return jobs.map((packed) => {
    if (!isReport(packed)) return packed;
    const [rows, files, identity, data] = packed as readonly number[];
    const row: Record<string, unknown> = { identity: next(identity ?? NOTHING), data: next(data ?? NOTHING) };
    for (const [index, column] of COLUMNS.entries()) row[column] = packed[HEAD + index];
    return { name: 'commitReport', args: [row], growth: { rows: rows ?? 0, files: files ?? 0 } };
  });
}

function isReport(packed: PackedReport | Job): packed is PackedReport {
  return Array.isArray(packed);
}

function reportOf({ name, args }: Job): NewReportRow | null {
  return name === 'commitReport' ? (args[0] as NewReportRow) : null;
}
