// The body of an upload as pieces: decoded, counted, with an end to silence. Nothing here keeps more than one piece.
import type { IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Context } from 'hono';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';

const IDLE_MS = 60_000;
/** A refused client is read to its end up to here, so that it sees the answer and not a broken connection. */
const MAX_DRAINED_BYTES = 256 * 1024 * 1024;
const MAX_DRAIN_MS = 60_000;

/** The pieces of the body as they arrive; throws `SymbolsRefused`. */
export async function* requestBytes(c: Context, maxBytes: number): AsyncGenerator<Buffer> {
  const announced = Number(c.req.header('content-length') ?? 0);
  if (announced > maxBytes) throw new SymbolsRefused('too_large');
  const source = limited(c, maxBytes);
  const decoder = decoderOf(c.req.header('content-encoding'));
  if (decoder === null) {
    yield* source;
    return;
  }
  const raw = Readable.from(source);
  raw.on('error', (error) => decoder.destroy(error));
  let total = 0;
  try {
    for await (const chunk of raw.pipe(decoder)) {
      total += (chunk as Buffer).length;
      if (total > maxBytes) throw new SymbolsRefused('too_large');
      yield chunk as Buffer;
    }
  } catch (error) {
    if (error instanceof SymbolsRefused) throw error;
    throw new SymbolsRefused('bad_compression');
  } finally {
    raw.destroy();
  }
}

/** Reads and forgets what a refused client still sends, within bounds. */
export async function drain(c: Context): Promise<void> {
  const incoming = incomingOf(c);
  if (incoming === null || incoming.readableEnded || incoming.destroyed) return;
  const until = Date.now() + MAX_DRAIN_MS;
  let total = 0;
  try {
    for await (const chunk of pieces(c)) {
      total += chunk.length;
      if (total > MAX_DRAINED_BYTES || Date.now() > until) return;
    }
  } catch {
    // It has gone: nobody waits for the answer.
  }
}

async function* limited(c: Context, maxBytes: number): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of pieces(c)) {
    total += chunk.length;
    if (total > maxBytes) throw new SymbolsRefused('too_large');
    yield chunk;
  }
}

async function* pieces(c: Context): AsyncGenerator<Buffer> {
  const incoming = incomingOf(c);
  if (incoming === null) return;
  // Not `for await`, which would destroy the connection, and the answer with it, when it is left early.
  const iterator = incoming.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await soon(iterator.next() as Promise<IteratorResult<Buffer, undefined>>);
    if (done === true) return;
    yield value;
  }
}

async function soon<T>(next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SymbolsRefused('too_slow')), IDLE_MS);
  });
  try {
    return await Promise.race([next, silence]);
  } catch (error) {
    throw error instanceof SymbolsRefused ? error : new SymbolsRefused('incomplete');
  } finally {
    clearTimeout(timer);
  }
}

function decoderOf(encoding: string | undefined): Transform | null {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return null;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'zstd':
      return createZstdDecompress();
    default:
      throw new SymbolsRefused('bad_compression', 'Content-Encoding may be gzip or zstd.');
  }
}

function incomingOf(c: Context): IncomingMessage | null {
  return (c.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming ?? null;
}
