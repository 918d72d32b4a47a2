// Answers with a stored symbol file: a text, or a debug file as it was uploaded; compressed where that is accepted.
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Context } from 'hono';
import type { SymbolFile } from '../../store/symbols.ts';

/** Tecken's words: clients show them. */
export const NOT_FOUND = 'Symbol Not Found';
const GZIP_LEVEL = 4;

/** What is sent. */
export interface SentSymbols {
  readonly symbols: SymbolFile;
  readonly contentType: string;
  /** Null: not known before it is sent. */
  readonly bytes: number | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: deleted meanwhile. */
  readonly open: () => Promise<Readable | null>;
}

/** Sends the content, its headers alone, or that what the client has is still right. */
export async function sendSymbols(
  c: Context,
  { symbols, contentType, bytes, headers: more = {}, open }: SentSymbols,
): Promise<Response> {
  const zipped = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  const tag = `"${symbols.sha256}${zipped ? '-gzip' : ''}"`;
  const headers = new Headers({
    'Content-Type': contentType,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cache-Control': 'private, no-cache, no-transform',
    'Last-Modified': new Date(symbols.uploadedAt).toUTCString(),
    ETag: tag,
    Vary: 'Accept-Encoding, Authorization',
    ...more,
  });
  // The headers of the context (CORS) are not those of a response that is made here.
  const origin = c.res.headers.get('Access-Control-Allow-Origin');
  if (origin !== null) headers.set('Access-Control-Allow-Origin', origin);
  if (c.req.header('if-none-match') === tag) return new Response(null, { status: 304, headers });
  if (zipped) headers.set('Content-Encoding', 'gzip');
  else if (bytes !== null) headers.set('Content-Length', String(bytes));
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers });
  const content = await open();
  if (content === null) return c.text(NOT_FOUND, 404);
  return new Response(Readable.toWeb(zipped ? gzipped(content) : content) as ReadableStream<Uint8Array>, {
    headers,
  });
}

function gzipped(content: Readable): Readable {
  const gzip = createGzip({ level: GZIP_LEVEL });
  content.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => content.destroy());
  return content.pipe(gzip);
}
