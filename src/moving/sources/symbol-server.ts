// A symbol server that speaks Breakpad's layout over HTTP. Such servers list nothing, so what is asked for is what stored reports lack.
import { Readable } from 'node:stream';
import { symbolFileName, symbolKey } from '../../process/symbols/symbol-lookup-key.ts';
import type { SymbolStore } from '../../store/symbols.ts';
import { FileRefused } from '../source-folder.ts';
import type { Source } from './source.ts';

/** What `--from` calls it. */
export const SYMBOL_SERVER = 'symbol-server';

const MAX_MISSING = 10_000;
const TIMEOUT_MS = 5 * 60_000;

/** Items are files that the server has; `url` is http or https. */
export function symbolServer(url: string, store: Pick<SymbolStore, 'listMissing'>, maxBytes: number): Source {
  const base = url.replace(/\/+$/, '');
  return {
    name: SYMBOL_SERVER,
    title: 'a symbol server',
    async detect() {
      return true;
    },
    async *items() {
      for (const { debugFile, debugId } of await store.listMissing(MAX_MISSING)) {
        const key = symbolKey(debugFile, debugId);
        if (key === null) continue;
        const place = [key.debugFile, key.debugId, symbolFileName(key)].map(encodeURIComponent).join('/');
        yield {
          is: 'symbols',
          name: `${key.debugFile}/${key.debugId}`,
          debugFile: key.debugFile,
          debugId: key.debugId,
          origin: base,
          open: () => fetched(`${base}/${place}`, maxBytes),
        };
      }
    },
  };
}

async function fetched(
  url: string,
  maxBytes: number,
): Promise<{ readonly bytes: Readable; readonly size: number }> {
  let response: Response;
  try {
    // Who names a server trusts it, and nobody that it leads to.
    response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw unreadable('the server cannot be asked', error);
  }
  if (response.status === 404) {
    await response.body?.cancel();
    throw new FileRefused('missing_file', 'the server has no such symbols');
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new FileRefused('unreadable', `the server answered ${response.status}`);
  }
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > maxBytes) {
    await response.body.cancel();
    throw new FileRefused('too_large', `${announced} bytes are announced, ${maxBytes} are taken`);
  }
  const body = response.body as AsyncIterable<Uint8Array>;
  return { bytes: Readable.from(bounded(body, maxBytes), { objectMode: false }), size: announced };
}

async function* bounded(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let left = maxBytes;
  try {
    for await (const chunk of body) {
      left -= chunk.length;
      if (left < 0) throw new FileRefused('too_large', `more than ${maxBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof FileRefused ? error : unreadable('the server stopped in the middle', error);
  }
}

/** `fetch` wraps what went wrong, as a rule. */
function unreadable(what: string, error: unknown): FileRefused {
  const { cause = error } = error as Error;
  return new FileRefused('unreadable', `${what}: ${(cause as Error).message}`, error);
}
