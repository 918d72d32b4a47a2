// The pages of a database file as its last commit left them, read without SQLite, which refuses a file that is damaged in the wrong place: the
// file itself, and over it what the write-ahead log holds. File format: sqlite.org/fileformat2.html, sections 1.3 and 4.
import { syncFiles } from '../disk/files.ts';
import type { RandomFile } from '../disk/files.ts';

const FILE_HEADER = 'SQLite format 3\0';
const DEFAULT_PAGE_BYTES = 4096;
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** A database that is only read. Numbers of pages begin at 1. */
export interface PageSource {
  readonly pageBytes: number;
  readonly pageCount: number;
  /** Null where the file ends before it. */
  page(number: number): Buffer | null;
  /** Pages in frames of the log that no commit vouches for: only what proves itself may be taken from them. */
  loosePages(): Generator<Buffer>;
  close(): void;
}

/** Opens file and log. Throws the system's error. */
export function openPages(database: string): PageSource {
  const file = syncFiles.openRandom(database);
  const log = syncFiles.stat(`${database}-wal`) === null ? null : syncFiles.openRandom(`${database}-wal`);
  const pageBytes = pageBytesOf(file, log);
  const frames = log === null ? [] : framesOf(log, pageBytes);
  const committed = frames.findLastIndex(({ valid, commit }) => valid && commit);
  const inLog = new Map<number, number>();
  for (const { page, offset } of frames.slice(0, committed + 1)) inLog.set(page, offset);
  const fromLog = frames[committed]?.pages ?? 0;
  const pageCount = Math.max(fromLog, Math.ceil(file.size / pageBytes));
  return {
    pageBytes,
    pageCount,
    page(number) {
      const offset = inLog.get(number);
      if (offset !== undefined && log !== null) return log.read(offset, pageBytes);
      const bytes = file.read((number - 1) * pageBytes, pageBytes);
      return bytes.length < pageBytes ? null : bytes;
    },
    *loosePages() {
      if (log === null) return;
      for (const { offset } of frames.slice(committed + 1)) {
        const bytes = log.read(offset, pageBytes);
        if (bytes.length === pageBytes) yield bytes;
      }
    },
    close() {
      file.close();
      log?.close();
    },
  };
}

function pageBytesOf(file: RandomFile, log: RandomFile | null): number {
  const head = file.read(0, 100);
  if (head.length === 100 && head.toString('latin1', 0, 16) === FILE_HEADER) {
    const bytes = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
    if (isPageSize(bytes)) return bytes;
  }
  const ofLog = log?.read(0, WAL_HEADER_BYTES);
  const bytes = ofLog?.length === WAL_HEADER_BYTES ? ofLog.readUInt32BE(8) : 0;
  return isPageSize(bytes) ? bytes : DEFAULT_PAGE_BYTES;
}

function isPageSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 65_536 && Number.isInteger(Math.log2(bytes));
}

interface Frame {
  readonly page: number;
  /** Where the page's bytes begin in the log. */
  readonly offset: number;
  readonly commit: boolean;
  /** Pages of the database after this commit. */
  readonly pages: number;
  /** Salt and running checksum are right, from the first frame to this one. */
  readonly valid: boolean;
}

function framesOf(log: RandomFile, pageBytes: number): readonly Frame[] {
  const header = log.read(0, WAL_HEADER_BYTES);
  if (header.length < WAL_HEADER_BYTES) return [];
  const magic = header.readUInt32BE(0);
  const bigEndian = (magic & 1) === 1;
  let sum: Checksum = checksum([0, 0], header.subarray(0, 24), bigEndian);
  let valid =
    (magic & 0xfffffffe) >>> 0 === 0x377f0682 &&
    header.readUInt32BE(24) === sum[0] &&
    header.readUInt32BE(28) === sum[1];
  const frames: Frame[] = [];
  const step = FRAME_HEADER_BYTES + pageBytes;
  for (let at = WAL_HEADER_BYTES; at + step <= log.size; at += step) {
    const frame = log.read(at, step);
    if (frame.length < step) break;
    if (valid) {
      sum = checksum(sum, frame.subarray(0, 8), bigEndian);
      sum = checksum(sum, frame.subarray(FRAME_HEADER_BYTES), bigEndian);
      valid =
        frame.subarray(8, 16).equals(header.subarray(16, 24)) &&
        frame.readUInt32BE(16) === sum[0] &&
        frame.readUInt32BE(20) === sum[1];
    }
    const pages = frame.readUInt32BE(4);
    frames.push({
      page: frame.readUInt32BE(0),
      offset: at + FRAME_HEADER_BYTES,
      commit: pages > 0,
      pages,
      valid,
    });
  }
  return frames;
}

type Checksum = readonly [number, number];

/** Section 4.2 of the file format. */
function checksum([first, second]: Checksum, bytes: Buffer, bigEndian: boolean): Checksum {
  let [s0, s1] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const x0 = bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    const x1 = bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4);
    s0 = (s0 + x0 + s1) >>> 0;
    s1 = (s1 + x1 + s0) >>> 0;
  }
  return [s0, s1];
}
