// The content codings that a body may come in, each with its two ways of decoding: at once, and as a stream.
import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { Refused } from '../base/refusal.ts';

/** A decoding stream; `bytesWritten` is how much of its input it has used. */
export type DecodingStream = Transform & { readonly bytesWritten: number };

/** One way of decoding, chosen by the first bytes. */
export interface Codec {
  /** Decodes a whole body. Throws ERR_BUFFER_TOO_LARGE where more than `maxBytes` come out. */
  whole(bytes: Buffer, maxBytes: number): { readonly out: Buffer; readonly used: number };
  stream(): DecodingStream;
  /** Zeros after the end are padding (gzip), not a fault. */
  readonly padded: boolean;
}

export type Encoding = 'gzip' | 'deflate' | 'br' | 'zstd';

const NAMES: Readonly<Record<string, Encoding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};

/** More codings around one body than these are no client but an attack. */
const MAX_ENCODINGS = 2;
/** RFC 9659: a zstd window above 8 MB need not be accepted. */
const ZSTD_WINDOW_LOG = 23;

/** The codings of a request in the order in which they were applied; refuses unknown ones. */
export function encodingsOf(headers: IncomingHttpHeaders): readonly Encoding[] {
  const header = headers['content-encoding'];
  if (header === undefined) return [];
  const encodings: Encoding[] = [];
  for (const part of header.split(',')) {
    const name = part.trim().toLowerCase();
    if (name === '' || name === 'identity') continue;
    const encoding = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
    if (encoding === undefined) throw new Refused('unknown_encoding', name.slice(0, 60));
    encodings.push(encoding);
  }
  if (encodings.length > MAX_ENCODINGS) throw new Refused('unknown_encoding', `${encodings.length} codings`);
  return encodings;
}

type WholeResult = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
type WholeOptions = { readonly maxOutputLength: number; readonly info: true };

// With `info`, the synchronous functions also give the engine; the type declarations do not know that.
function wholeWith(decode: (bytes: Buffer, options: WholeOptions) => unknown): Codec['whole'] {
  return (bytes, maxBytes) => {
    const { buffer, engine } = decode(bytes, { maxOutputLength: maxBytes, info: true }) as WholeResult;
    return { out: buffer, used: engine.bytesWritten };
  };
}

/** A stream hands over so much at a time: four times zlib's own measure, with which a body that grows a hundredfold costs twice the time. */
const STREAM = { chunkSize: 64 * 1024 };

const ZSTD_OPTIONS = { params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } };

const GZIP: Codec = {
  whole: wholeWith(zlib.gunzipSync),
  stream: () => zlib.createGunzip(STREAM),
  padded: true,
};
const ZLIB: Codec = {
  whole: wholeWith(zlib.inflateSync),
  stream: () => zlib.createInflate(STREAM),
  padded: false,
};
const RAW: Codec = {
  whole: wholeWith(zlib.inflateRawSync),
  stream: () => zlib.createInflateRaw(STREAM),
  padded: false,
};
const BROTLI: Codec = {
  whole: wholeWith(zlib.brotliDecompressSync),
  stream: () => zlib.createBrotliDecompress(STREAM),
  padded: false,
};
const ZSTD: Codec = {
  whole: wholeWith((bytes, options) => zlib.zstdDecompressSync(bytes, { ...ZSTD_OPTIONS, ...options })),
  stream: () => zlib.createZstdDecompress({ ...ZSTD_OPTIONS, ...STREAM }),
  padded: false,
};

/** The way to decode a body that begins with `first` (at least two bytes where there are as many). */
export function codecFor(encoding: Encoding, first: Uint8Array): Codec {
  switch (encoding) {
    case 'gzip':
      return GZIP;
    case 'br':
      return BROTLI;
    case 'zstd':
      return ZSTD;
    case 'deflate':
      // RFC 9110 means the zlib format, but clients that send bare deflate data have always existed.
      return looksLikeZlib(first) ? ZLIB : RAW;
    default:
      return GZIP;
  }
}

/** The two header bytes of RFC 1950: method 8, and a multiple of 31. */
function looksLikeZlib(first: Uint8Array): boolean {
  const [method = 0, flags = 0] = first;
  return (method & 0x0f) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0;
}
