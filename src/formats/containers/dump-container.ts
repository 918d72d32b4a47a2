// What stands in a part that should be a minidump: the dump itself, or one that was packed on its way. Clients send `.dmp.gz`,
// `.dmp.zst`, `.dmp.xz`, a zip of one dump; old Electron wrote the whole multipart body into its `.dmp` file.
import { constants, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader } from '../../base/byte-reader.ts';
import type { ByteSource } from '../../base/paged-reader.ts';
import { decodeXz, isXz } from './xz.ts';

/** Ways of packing, by the name that notes use. */
export type Packing = 'gzip' | 'zstd' | 'xz' | 'zip' | 'multipart';

/** The same for a stored attachment: only one that is packed is read whole. */
export type UnpackedSource = Omit<Unpacked, 'bytes'> & { readonly bytes: Uint8Array | ByteSource };

/** What was found: the bytes to read, how they were packed (outermost first), and what was wrong with the packing. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  readonly packings: readonly Packing[];
  /** A sentence's end, such as "the zip holds 2 files"; null: nothing was wrong. */
  readonly problem: string | null;
}

/** A packed dump may unpack to this: more than any real one, less than a processing thread may take. */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;
/** A dump in a zip in a multipart body is the most that was ever seen. */
const MAX_DEPTH = 3;
const MINIDUMP = 'MDMP';

/** The packing that the first bytes tell; null: these are the bytes themselves. */
export function packingOf(bytes: Uint8Array): Packing | null {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (isXz(bytes)) return 'xz';
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (a === 0x2d && b === 0x2d && isMultipart(bytes)) return 'multipart';
  return null;
}

/** Takes the packings off, one after the other. What cannot be unpacked is given as it is, with the problem. */
export function unpackDump(
  bytes: Uint8Array,
  { maxBytes = MAX_UNPACKED_BYTES }: { readonly maxBytes?: number } = {},
): Unpacked {
  const packings: Packing[] = [];
  let inner = bytes;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const packing = packingOf(inner);
    if (packing === null) break;
    packings.push(packing);
    try {
      const found = UNPACK[packing](inner, maxBytes);
      if (typeof found === 'string') return { bytes: inner, packings, problem: found };
      inner = found;
    } catch (error) {
      return {
        bytes: inner,
        packings,
        problem: `the ${packing} data cannot be unpacked: ${reasonOf(error, maxBytes)}`,
      };
    }
  }
  return { bytes: inner, packings, problem: null };
}

/** Enough to see any packing. */
const FRONT_BYTES = 4096;
const PIECE_BYTES = 128 * 1024;

/** Takes the packings off a stored attachment. Throws what its source throws. */
export function unpackStored(source: ByteSource): UnpackedSource {
  const { byteLength } = source;
  if (packingOf(source.read(0, Math.min(FRONT_BYTES, byteLength))) === null)
    return { bytes: source, packings: [], problem: null };
  const whole = Buffer.allocUnsafeSlow(byteLength);
  for (let at = 0; at < byteLength; at += PIECE_BYTES)
    whole.set(source.read(at, Math.min(PIECE_BYTES, byteLength - at)), at);
  return unpackDump(whole);
}

const UNPACK: Readonly<Record<Packing, (bytes: Uint8Array, maxBytes: number) => Uint8Array | string>> = {
  // A body that was cut is unpacked as far as it goes: the beginning of a minidump tells the threads.
  gzip: (bytes, maxOutputLength) =>
    gunzipSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  zstd: (bytes, maxOutputLength) =>
    zstdDecompressSync(bytes, { maxOutputLength, finishFlush: constants.ZSTD_e_flush }),
  xz: (bytes, maxBytes) => decodeXz(bytes, { maxBytes }),
  zip: onlyEntry,
  multipart: dumpPart,
};

function reasonOf(error: unknown, maxBytes: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_BUFFER_TOO_LARGE' ? `it grows beyond ${maxBytes} bytes` : message;
}

/** "--", a boundary of RFC 2046's length, a line break, and a header about form data. */
function isMultipart(bytes: Uint8Array): boolean {
  return /^--[^\r\n]{1,200}\r?\n(?:[^\r\n]{0,500}\r?\n){0,5}?content-disposition:/i.test(
    text(bytes, 0, 2000),
  );
}

/** The part of a form that is the dump: the first whose content begins as a minidump, else the first file. */
function dumpPart(bytes: Uint8Array): Uint8Array | string {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boundary = /^--[^\r\n]{1,200}/.exec(text(bytes, 0, 220))?.[0] ?? '--';
  let at = 0;
  let file: Uint8Array | null = null;
  for (let part = 0; part < 1000 && at !== -1; part += 1) {
    const head = data.indexOf('\r\n\r\n', at);
    if (head === -1) break;
    const end = data.indexOf(`\r\n${boundary}`, head + 2);
    const content = data.subarray(head + 4, end === -1 ? data.length : Math.max(end, head + 4));
    if (text(content, 0, 4) === MINIDUMP) return content;
    if (file === null && /filename=/i.test(text(data, at, Math.min(head, at + 4096)))) file = content;
    at = end === -1 ? -1 : end + 2;
  }
  return file ?? 'the multipart body holds no minidump';
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
const MAX_ENTRIES = 1000;

/** The one file of a zip, or the only one that is named or begins as a dump (PKWARE's APPNOTE, 4.3). */
function onlyEntry(bytes: Uint8Array, maxBytes: number): Uint8Array | string {
  const reader = new ByteReader(bytes);
  const end = endOfDirectory(reader);
  if (end === null) return 'the zip has no directory; it may be cut short';
  const count = reader.u16(end + 10);
  let at = reader.u32(end + 16);
  const entries: { readonly name: string; readonly at: number }[] = [];
  for (let index = 0; index < Math.min(count, MAX_ENTRIES); index += 1) {
    if (reader.u32(at) !== DIRECTORY_ENTRY) return 'the directory of the zip is damaged';
    const nameLength = reader.u16(at + 28);
    const name = text(bytes, at + 46, at + 46 + nameLength);
    if (!name.endsWith('/')) entries.push({ name, at });
    at += 46 + nameLength + reader.u16(at + 30) + reader.u16(at + 32);
  }
  const dumps = entries.filter(({ name }) => /\.(dmp|mdmp)(\.\w+)?$/i.test(name));
  const [entry] = dumps.length > 0 ? dumps : entries;
  if (entry === undefined || (dumps.length !== 1 && entries.length !== 1))
    return `the zip holds ${entries.length} files, ${dumps.length} of them dumps; one dump is understood`;
  return contentOf(reader, entry.at, maxBytes);
}

function contentOf(reader: ByteReader, entry: number, maxBytes: number): Uint8Array | string {
  if ((reader.u16(entry + 8) & 1) !== 0) return 'the zip is encrypted';
  const method = reader.u16(entry + 10);
  const packed = reader.u32(entry + 20);
  const local = reader.u32(entry + 42);
  const begin = local + 30 + reader.u16(local + 26) + reader.u16(local + 28);
  const data = reader.require(begin, packed).bytes;
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data, { maxOutputLength: maxBytes });
  return `the zip uses method ${method}; stored and deflated files are understood`;
}

function endOfDirectory(reader: ByteReader): number | null {
  const last = reader.length - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at -= 1)
    if (reader.u32(at) === END_OF_DIRECTORY) return at;
  return null;
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to);
}
