// Jobs on their way from the main thread to the writer thread. Nearly all of them are reports, and those cross as plain
// values and one buffer: an object is cloned with all its names, and a small Buffer with the whole pool that it lies in.
import type { NewReportRow } from '../../shared/report-row.ts';
import type { Job } from './job.ts';

/** Growth in the database and in files, length of identity, data and large annotations (-1: null), then the row's texts and numbers. */
type PackedReport = readonly [
  rows: number,
  files: number,
  identityBytes: number,
  dataBytes: number,
  annotationBytes: number,
  ...columns: ReturnType<typeof columnsOf>,
];

const NOTHING = -1;
/** A longer text crosses as bytes: as a string it would be copied twice more, into memory that only the garbage collector gives back. */
const LONG_TEXT = 64 * 1024;

/** A batch as it crosses; `bytes` is transferred. */
export interface PackedJobs {
  readonly jobs: readonly (PackedReport | Job)[];
  /** Identity, data and large annotations of every report, in the order of the jobs. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Packs a batch; the jobs stay as they are. */
export function packJobs(jobs: readonly Job[]): PackedJobs {
  let size = 0;
  for (const job of jobs) {
    const row = reportOf(job);
    if (row !== null) size += (row.identity?.length ?? 0) + (row.data?.length ?? 0) + longBytes(row);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  const append = (part: Uint8Array | null): number => {
    if (part === null) return NOTHING;
    bytes.set(part, at);
    at += part.length;
    return part.length;
  };
  const appendText = ({ annotationsJson }: NewReportRow): number => {
    if (annotationsJson.length <= LONG_TEXT) return NOTHING;
    if (typeof annotationsJson !== 'string') return append(annotationsJson);
    const written = Buffer.from(bytes.buffer).write(annotationsJson, at);
    at += written;
    return written;
  };
  const packed = jobs.map((job) => {
    const row = reportOf(job);
    if (row === null) return job;
    const { rows, files } = job.growth;
    const lengths = [append(row.identity), append(row.data), appendText(row)] as const;
    const inPlace = lengths[2] === NOTHING ? row.annotationsJson : '';
    return [rows, files, ...lengths, ...columnsOf(row, inPlace)] as const;
  });
  return { jobs: packed, bytes };
}

/** What annotations take in the buffer. */
function longBytes({ annotationsJson }: NewReportRow): number {
  if (annotationsJson.length <= LONG_TEXT) return 0;
  return typeof annotationsJson === 'string' ? Buffer.byteLength(annotationsJson) : annotationsJson.length;
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
    const [rows, files, identityBytes, dataBytes, annotationBytes, ...columns] = packed;
    const row = rowOf(columns, next(identityBytes), next(dataBytes), next(annotationBytes));
    return { name: 'commitReport', args: [row], growth: { rows, files } };
  });
}

// Both functions name every column: objects that are put together in a loop are slow ones.

function columnsOf(row: NewReportRow, annotationsJson: NewReportRow['annotationsJson']) {
  return [
    row.crashId,
    row.account,
    row.product,
    row.protocol,
    row.state,
    row.schema,
    row.receivedAt,
    row.version,
    row.platform,
    row.installation,
    row.token,
    row.payloadKind,
    row.encoding,
    row.bodyBytes,
    row.userAgent,
    row.clientHash,
    row.throttleRule,
    row.throttleAction,
    row.folderBytes,
    row.attachmentBytes,
    row.attachmentCount,
    row.noteCount,
    row.jamiJson,
    row.notesJson,
    row.attachmentsJson,
    annotationsJson,
    row.commitBefore,
    row.pack?.pack ?? null,
    row.pack?.at ?? 0,
    row.pack?.bytes ?? 0,
  ] as const;
}

function rowOf(
  columns: ReturnType<typeof columnsOf>,
  identity: Uint8Array | null,
  data: Uint8Array | null,
  longAnnotations: Uint8Array | null,
): NewReportRow {
  return {
    crashId: columns[0],
    account: columns[1],
    product: columns[2],
    protocol: columns[3],
    state: columns[4],
    schema: columns[5],
    receivedAt: columns[6],
    version: columns[7],
    platform: columns[8],
    installation: columns[9],
    token: columns[10],
    payloadKind: columns[11],
    encoding: columns[12],
    bodyBytes: columns[13],
    userAgent: columns[14],
    clientHash: columns[15],
    throttleRule: columns[16],
    throttleAction: columns[17],
    folderBytes: columns[18],
    attachmentBytes: columns[19],
    attachmentCount: columns[20],
    noteCount: columns[21],
    jamiJson: columns[22],
    notesJson: columns[23],
    attachmentsJson: columns[24],
    annotationsJson: longAnnotations ?? columns[25],
    commitBefore: columns[26],
    pack: columns[27] === null ? null : { pack: columns[27], at: columns[28], bytes: columns[29] },
    identity,
    data,
  };
}

function isReport(packed: PackedReport | Job): packed is PackedReport {
  return Array.isArray(packed);
}

function reportOf({ name, args }: Job): NewReportRow | null {
  return name === 'commitReport' ? (args[0] as NewReportRow) : null;
}
