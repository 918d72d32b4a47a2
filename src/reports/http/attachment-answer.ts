// Answers with the original bytes of an attachment. They are hostile: never rendered, never sniffed, never scripted.
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import { safeFileName } from './file-name.ts';

/** Headers of everything that a client made and a person downloads. */
export function downloadHeaders(fileName: string): Readonly<Record<string, string>> {
  const safe = safeFileName(fileName);
  return {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${safe}"`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'Cache-Control': 'private, no-store',
  };
}

/** Streams a readable as a download; a HEAD request and a client that goes away release the source. */
export function streamAnswer(
  c: Context,
  stream: Readable,
  options: {
    readonly fileName: string;
    readonly size: number | null;
    readonly contentType?: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Response {
  const headers = new Headers({ ...options.headers, ...downloadHeaders(options.fileName) });
  if (options.contentType !== undefined) headers.set('Content-Type', options.contentType);
  if (options.size !== null) headers.set('Content-Length', String(options.size));
  if (c.req.raw.method === 'HEAD') {
    stream.destroy();
    return new Response(null, { headers });
  }
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, { headers });
}
