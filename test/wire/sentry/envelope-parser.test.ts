// The framing of envelopes: every chunking gives the same items, and hostile bytes give a fault or items, never an exception
// beyond the refusals.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refused } from '../../../src/base/refusal.ts';
import { EnvelopeParser } from '../../../src/wire/sentry/envelope-parser.ts';

const LIMITS = { maxHeaderBytes: 200, maxItems: 10 };

interface Read {
  readonly items: readonly { readonly header: unknown; readonly payload: string; readonly whole: boolean }[];
  readonly fault: string | null;
}

/** Reads bytes in chunks of the given sizes; sinks take some chunks with a promise. */
async function read(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Promise<Read> {
  const items: { header: unknown; payload: string; whole: boolean }[] = [];
  const parser = new EnvelopeParser(
    {
      envelope: () => undefined,
      item: (header) => {
        const pieces: Buffer[] = [];
        return {
          data: (chunk) => {
            pieces.push(Buffer.from(chunk));
            return pieces.length % 2 === 0 ? Promise.resolve() : undefined;
          },
          end: (whole) => {
            items.push({ header, payload: Buffer.concat(pieces).toString('latin1'), whole });
          },
        };
      },
    },
    LIMITS,
  );
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % Math.max(1, sizes.length)] ?? 1);
    await parser.write(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  await parser.finish();
  return { items, fault: parser.fault };
}

test('payloads are told by their length or by the end of their line, also by the end of the envelope', async () => {
  const text =
    '{}\n{"type":"a","length":3}\nx\ny\n{"type":"b"}\nline\n{"type":"c"}\n\n{"type":"d","length":0}\n\n{"type":"e"}\nlast';
  const { items, fault } = await read(Buffer.from(text));
  assert.equal(fault, null);
  assert.deepEqual(
    items.map(({ payload, whole }) => [payload, whole]),
    [
      ['x\ny', true],
      ['line', true],
      ['', true],
      ['', true],
      ['last', true],
    ],
  );
});

test('any chunking gives the same items', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.string({ maxLength: 40 })), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
      async (payloads, sizes) => {
        const lines = payloads.map(([counted, payload]) => {
          const text = counted ? payload : payload.replaceAll('\n', ' ');
          return `${JSON.stringify({ type: 'x', ...(counted && { length: Buffer.byteLength(text) }) })}\n${text}\n`;
        });
        const bytes = Buffer.from(`{"a":1}\n${lines.join('')}`);
        assert.deepEqual(await read(bytes, sizes), await read(bytes));
        assert.equal((await read(bytes)).items.length, payloads.length);
      },
    ),
  ));

test('hostile bytes give items, a fault or a refusal', () =>
  fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc
          .array(
            fc.constantFrom(
              '{}',
              '\n',
              '{"type":"a"}',
              '{"length":5}',
              '{"length":-1}',
              '{"length":1e9}',
              'x',
              '{',
            ),
            { maxLength: 20 },
          )
          .map((pieces) => Buffer.from(pieces.join(''))),
      ),
      fc.integer({ min: 1, max: 30 }),
      async (bytes, size) => {
        try {
          const { items } = await read(Buffer.from(bytes), [size]);
          assert.ok(items.length <= LIMITS.maxItems);
        } catch (error) {
          assert.ok(error instanceof Refused, String(error));
          assert.equal(error.code, 'invalid_envelope');
        }
      },
    ),
  ));

test('what is too long, too many or no header is a fault, and the items before it are whole', async () => {
  const faults = [
    `{}\n{"type":"a","length":1}\nx\n{"type":"${'y'.repeat(300)}"}\n`,
    `{}\n{"type":"a","length":1}\nx\n[1]\n`,
    `{}\n{"type":"a","length":1}\nxyz\n{"type":"b"}\nx`,
    `{}\n{"type":"a","length":1}\nx\n{"type":"a","length":100}\nx`,
    `{}\n${'{"type":"a","length":1}\nx\n'.repeat(12)}`,
  ];
  for (const text of faults) {
    const { items, fault } = await read(Buffer.from(text), [7]);
    assert.ok(fault !== null, text);
    assert.deepEqual([items[0]?.payload, items[0]?.whole], ['x', true]);
  }
});
