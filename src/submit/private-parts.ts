// The privacy step on endpoints other than Sentry's, for products that ask for it: annotations and JSON payloads without their secrets. What
// tells two arrivals apart is taken from the bytes as received; nothing filtered gets to the disk.
import { createHash } from 'node:crypto';
import { Refused } from '../base/refusal.ts';
import type { DataFilter } from '../report/privacy/data-filter.ts';
import { ValueFilter } from '../report/privacy/filter-value.ts';
import { namesOfProduct } from '../report/privacy/names-of-product.ts';
import { rewrittenJsonBytes } from '../report/privacy/rewritten-json.ts';
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

/** What a payload is filtered by; `secrets` null: only Sentry's endpoints filter those. */
export interface PayloadRules {
  readonly secrets: readonly string[] | null;
  readonly data: DataFilter | null;
}

/** A payload that is held until somebody knows whose it is, or until it is whole. */
export interface HeldPayload {
  readonly sink: PartSink;
  /** Writes what was held, filtered, and gives how many secrets were found. Called once, after the sink has ended. */
  settle(rules: PayloadRules): Promise<number>;
}

/** Whose it is its own text says (Syncthing): nothing of it is written before that is known. `hold` is that of the body. */
export function heldPayload(
  sink: PartSink,
  hold: RequestBody['hold'],
  maxBytes = MAX_HELD_BYTES,
): HeldPayload {
  const held: Buffer[] = [];
  let size = 0;
  let received: Buffer = Buffer.alloc(0);
  return {
    sink: {
      write(chunk) {
        size += chunk.length;
        if (size > maxBytes)
          throw new Refused('too_large', `a payload that is filtered may have ${maxBytes} bytes`);
        // The caller may use its bytes again.
        held.push(Buffer.from(chunk));
        return hold(chunk.length, maxBytes - size + chunk.length);
      },
      end() {
        received = Buffer.concat(held.splice(0));
        return Promise.resolve({ size, sha256: createHash('sha256').update(received).digest('hex') });
      },
    },
    async settle({ secrets, data }) {
      const filter = secrets === null ? null : new ValueFilter(namesOfProduct(secrets));
      const withoutSecret = filter === null ? received : withoutSecrets(received, filter);
      await sink.write(
        data === null ? withoutSecret : await data.inTurns((filter) => filter.payload(withoutSecret)),
      );
      await sink.end();
      return filter?.count ?? 0;
    },
  };
}

/**
 * A sink before that of a payload. `rules` is asked once, with the first bytes: null means that the payload is kept as it comes.
 * `filtered` hears how many secrets were found; `hold` is that of the body.
 */
export function privatePayload(
  sink: PartSink,
  {
    rules,
    filtered,
    hold,
  }: {
    readonly rules: () => Promise<PayloadRules | null>;
    readonly filtered: (count: number) => void;
    readonly hold: RequestBody['hold'];
  },
): PartSink {
  let asked: PayloadRules | null | undefined;
  const held = heldPayload(sink, hold);
  const take = (chunk: Uint8Array): void | Promise<void> =>
    asked === null ? sink.write(chunk) : held.sink.write(chunk);
  return {
    write(chunk) {
      if (asked !== undefined) return take(chunk);
      return rules().then((answer) => {
        asked = answer;
        return take(chunk);
      });
    },
    async end(): Promise<PartDigest> {
      if (asked === null || asked === undefined) return sink.end();
      const digest = await held.sink.end();
      filtered(await held.settle(asked));
      return digest;
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
  return rewrittenJsonBytes(received, filter.value(parsed));
}
