// Reports for tests of stores: small, valid, and different from each other unless a test says otherwise.
import type { AttachmentStart, CommitResult, NewReport } from '../../../src/store/intake.ts';
import type { Store } from '../../../src/store/store.ts';
import { newCrashId } from '../../../src/report/crash-id.ts';

/** Noon of a day of 2026, so that a test can add hours without leaving it. */
export const NOON = Date.UTC(2026, 2, 14, 12);

/** A report with a crash id of its own. */
export function newReport(fields: Partial<NewReport> = {}): NewReport {
  const receivedAt = fields.receivedAt ?? NOON;
  return {
    crashId: newCrashId(0, receivedAt),
    identity: null,
    protocol: 'crashpad',
    account: 'default',
    product: 'Piano',
    version: '1.0',
    platform: 'linux',
    receivedAt,
    annotations: [],
    notes: [],
    payloadKind: 'multipart',
    encoding: 'identity',
    bodyBytes: 1234,
    userAgent: 'test/1.0',
    clientHash: null,
    throttle: { rule: 'accept_all', action: 'accept' },
    installation: null,
    token: null,
    state: 'queued',
    ...fields,
  };
}

/** An attachment for `store`. */
export interface TestAttachment extends Partial<AttachmentStart> {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Stores a report with its attachments, chunk by chunk. */
export async function storeReport(
  store: Store,
  fields: Partial<NewReport> = {},
  attachments: readonly TestAttachment[] = [],
): Promise<CommitResult> {
  const draft = store.intake.draft();
  try {
    for (const { data, ...start } of attachments) {
      const sink = draft.attachment({ kind: 'file', filename: null, contentType: null, ...start });
      for (let at = 0; at < data.length; at += 40_000) await sink.write(data.subarray(at, at + 40_000));
      await sink.end();
    }
    return await draft.commit(newReport(fields));
  } finally {
    await draft.discard();
  }
}

/** Bytes that nothing makes smaller, and that differ by seed. */
export function someBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 11;
  }
  return bytes;
}

/** A body as a server would read it. */
export async function* chunks(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += 50_000) yield data.subarray(at, at + 50_000);
}

/** Asks until the answer is the one expected, for what happens soon but not at once; at most two minutes. */
export async function eventually<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  // It ends as soon as the answer is good; only what hangs waits as long, on a busy machine, too.
  const giveUpAt = Date.now() + 120_000;
  for (;;) {
    const answer = await ask();
    if (good(answer) || Date.now() > giveUpAt) return answer;
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
  }
}
