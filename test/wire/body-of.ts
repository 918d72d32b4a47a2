// A request body from bytes in memory, cut as a test wants it, and a draft that keeps what was written.
import { createHash } from 'node:crypto';
import type { Draft, Outcome, PartInfo, PartSink, RequestBody, Submission } from '../../src/wire/adapter.ts';

/** A body that arrives in chunks of these sizes; what is left comes as one. */
export function bodyOf(bytes: Buffer, sizes: readonly number[] = []): RequestBody {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) break;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  if (at < bytes.length) chunks.push(bytes.subarray(at));
  return {
    async pump(take) {
      for (const chunk of chunks) await take(chunk);
    },
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
    // What bounds the texts of all uploads is of the submit server.
    hold: () => undefined,
    letGo: () => undefined,
  };
}

/** A draft whose parts can be looked at. */
export class KeptDraft implements Draft {
  readonly parts: (PartInfo & { readonly bytes: Buffer })[] = [];

  part(info: PartInfo): PartSink {
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
      },
      end: () => {
        const bytes = Buffer.concat(chunks);
        this.parts.push({ ...info, bytes });
        return Promise.resolve({
          size: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
      },
    };
  }

  note(): void {
    throw new Error('A form has its notes in the submission');
  }

  join(): Promise<boolean> {
    return Promise.reject(new Error('A form has no parts without a report'));
  }

  commit(submission: Submission): Promise<Outcome> {
    return Promise.reject(new Error(`Nothing commits here: ${submission.protocol}`));
  }
}
