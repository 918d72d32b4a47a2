// Sends one panic log as Syncthing does: HEAD, and PUT where the server does not have it (docs/protocols/syncthing.md).
import { createHash } from 'node:crypto';
import type { SendRequest } from './http-request.ts';
import type { ServerAddress } from './server-address.ts';

/** Syncthing's own. */
const HEAD_TIMEOUT_MS = 10_000;
const PUT_TIMEOUT_MS = 60_000;

const NEWLINE = 0x0a;
const PANIC = Buffer.from('Panic ');

/** What became of a log. `retry` says whether another attempt may succeed. */
export type PanicLogResult =
  | { readonly kind: 'stored'; readonly id: string; readonly before: boolean }
  | {
      readonly kind: 'failed';
      readonly id: string;
      readonly problem: string;
      readonly retry: boolean;
      readonly retryAfter: string | null;
    };

/**
 * The part of a log that is uploaded: its first line, and everything from the line that begins with `Panic `. What
 * stands between may be log lines of the program, which are nobody else's business. Bytes are kept as they are.
 */
export function withoutLogLines(log: Buffer): Buffer {
  const firstEnd = log.indexOf(NEWLINE);
  if (firstEnd === -1 || log.subarray(0, PANIC.length).equals(PANIC)) return log;
  for (let at = firstEnd + 1; at < log.length;) {
    if (log.subarray(at, at + PANIC.length).equals(PANIC)) {
      return Buffer.concat([log.subarray(0, firstEnd + 1), log.subarray(at)]);
    }
    const next = log.indexOf(NEWLINE, at);
    if (next === -1) break;
    at = next + 1;
  }
  return log.subarray(0, firstEnd + 1);
}

/** Uploads `report`, which is the whole text that is sent; never throws for what the network or the server does. */
export async function uploadPanicLog(
  report: Buffer,
  address: ServerAddress,
  send: SendRequest,
  signal?: AbortSignal,
): Promise<PanicLogResult> {
  const id = createHash('sha256').update(report).digest('hex');
  const url = address.panicLog(id);
  try {
    const head = await send({ method: 'HEAD', url, timeoutMs: HEAD_TIMEOUT_MS, signal });
    if (head.status === 200) return { kind: 'stored', id, before: true };
    const put = await send({
      method: 'PUT',
      url,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: report,
      timeoutMs: PUT_TIMEOUT_MS,
      signal,
    });
    if (put.status === 200) return { kind: 'stored', id, before: false };
    const said = put.text.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
    return {
      kind: 'failed',
      id,
      problem: `the server answered ${put.status}${said === '' ? '' : ` (${said})`}`,
      retry: put.status >= 500 || put.status === 408 || put.status === 429,
      retryAfter: single(put.headers['retry-after']),
    };
  } catch (error) {
    return { kind: 'failed', id, problem: (error as Error).message, retry: true, retryAfter: null };
  }
}

function single(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
