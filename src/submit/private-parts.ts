// The privacy step on endpoints other than Sentry's, for products that ask for it: annotations and JSON payloads without their secrets. What
// tells two arrivals apart is taken from the bytes as received; nothing filtered gets to the disk.
import { createHash } from 'node:crypto';
import { Refused } from '../base/refusal.ts';
import { ValueFilter } from '../report/privacy/filter-value.ts';
import { namesOfProduct } from '../report/privacy/names-of-product.ts';
import type { Annotation } from '../report/report.ts';
import type { PartDigest, PartSink, RequestBody } from '../wire/adapter.ts';

/** A payload that is to be filtered is held until it is whole. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;

/** Annotations without secrets, and how many values were filtered. */
export function privateAnnotations(
  annotations: readonly Annotation[],
  privateKeys: readonly string[],
): { readonly annotations: readonly Annotation[]; readonly count: number } {
  const filter = new ValueFilter(namesOfProduct(privateKeys));
  const kept = annotations.map(({ key, value }) => {
    const after = filter.named(key, value);
    return { key, value: typeof after === 'string' ? after : JSON.stringify(after) };
  });
  return { annotations: kept, count: filter.count };
}

/**
 * A sink before that of a payload. `privateKeys` is asked once, with the first bytes: null means that the payload is kept as it comes.
 * `filtered` hears how many values were filtered; `hold` is that of the body.
 */
export function privatePayload(
  sink: PartSink,
  {
    privateKeys,
    filtered,
    hold,
  }: {
    readonly privateKeys: () => Promise<readonly string[] | null>;
    readonly filtered: (count: number) => void;
    readonly hold: RequestBody['hold'];
  },
): PartSink {
  let keys: readonly string[] | null | undefined;
  const held: Buffer[] = [];
  let size = 0;
  const take = (chunk: Uint8Array): void | Promise<void> => {
    if (keys === null) return sink.write(chunk);
    size += chunk.length;
    if (size > MAX_HELD_BYTES) {
      throw new Refused('too_large', `a payload that is filtered may have ${MAX_HELD_BYTES} bytes`);
    }
    // The caller may use its bytes again.
    held.push(Buffer.from(chunk));
    return hold(chunk.length, MAX_HELD_BYTES - size + chunk.length);
  };
  return {
    write(chunk) {
      if (keys !== undefined) return take(chunk);
      return privateKeys().then((answer) => {
        keys = answer;
        return take(chunk);
      });
    },
    async end(): Promise<PartDigest> {
      if (keys === null || keys === undefined) return sink.end();
      const received = Buffer.concat(held);
      const filter = new ValueFilter(namesOfProduct(keys));
      await sink.write(withoutSecrets(received, filter));
      await sink.end();
      filtered(filter.count);
      return { size, sha256: createHash('sha256').update(received).digest('hex') };
    },
  };
}

function withoutSecrets(received: Buffer, filter: ValueFilter): Buffer {
  const text = received.toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    const after = filter.text(text);
    return after === text ? received : Buffer.from(after);
  }
  const after = filter.value(parsed);
  return after === parsed ? received : Buffer.from(JSON.stringify(after));
}
