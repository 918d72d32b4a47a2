// The beginning of a text attachment, read for showing it.
import type { SeenStore } from '../gate/gate.ts';

/** Bytes of a payload that a page looks at; more is there to be downloaded. */
export const MAX_SHOWN_BYTES = 256 * 1024;

/** The text of an attachment as far as it is looked at; null where the attachment is gone. */
export async function readText(
  seen: SeenStore,
  crashId: string,
  name: string,
): Promise<{ readonly text: string; readonly complete: boolean } | null> {
  const found = await seen.openAttachment(crashId, name);
  if (found === null) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the stream.
  for await (const chunk of found.stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_SHOWN_BYTES) break;
  }
  const whole = Buffer.concat(chunks);
  return {
    text: whole.subarray(0, MAX_SHOWN_BYTES).toString('utf8'),
    complete: whole.length === found.info.size && whole.length <= MAX_SHOWN_BYTES,
  };
}
