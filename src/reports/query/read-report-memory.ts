// Memory of a crashed process, read from its stored minidump on request: the same for the page and the API.
import type { MemoryWindow } from '../../process/preview/dump-memory.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { SeenReport } from '../gate/seen-report.ts';

/** Dumps above this are not read for a look at a few bytes: they are there to be downloaded. */
const MAX_DUMP_BYTES = 64 * 1024 * 1024;
/** Reading several dumps at once would take this server's memory: one after the other. */
let last: Promise<unknown> = Promise.resolve();

/** An address as people write it; null where it is none. */
export function readAddress(text: string): bigint | null {
  return /^(?:0x)?[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text.replace(/^0x/i, '')}`) : null;
}

/** What came of the request. */
export type MemoryAnswer =
  | { readonly kind: 'memory'; readonly window: MemoryWindow }
  | { readonly kind: 'no_dump' | 'too_large' | 'not_in_dump' };

/** 128 bytes below and 384 bytes above an address. */
export async function reportMemory(
  seen: SeenStore,
  report: SeenReport,
  asked: { readonly dump: string; readonly at: bigint },
): Promise<MemoryAnswer> {
  const attachment = report.attachments.find(({ kind, name }) => kind === 'minidump' && name === asked.dump);
  if (attachment === undefined) return { kind: 'no_dump' };
  if (attachment.size > MAX_DUMP_BYTES) return { kind: 'too_large' };
  const read = last.then(async () => {
    const found = await seen.openAttachment(report.crashId, attachment.name);
    if (found === null) return null;
    const chunks: Buffer[] = [];
    for await (const chunk of found.stream as AsyncIterable<Buffer>) chunks.push(chunk);
    const { memoryAround } = await import('../../process/preview/dump-memory.ts');
    return memoryAround(Buffer.concat(chunks), asked.at, { before: 128, after: 384 });
  });
  last = read.catch(() => null);
  const window = await read;
  return window === null ? { kind: 'not_in_dump' } : { kind: 'memory', window };
}
