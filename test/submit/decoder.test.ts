// Decoding of coded bodies: the same bytes however they arrive, and a refusal for everything that is not whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { Refused } from '../../src/base/refusal.ts';
import { encodingsOf, type Encoding } from '../../src/submit/codec.ts';
import { Decoder } from '../../src/submit/decoder.ts';

const CODERS: readonly (readonly [string, Encoding, (bytes: Buffer) => Buffer])[] = [
  ['gzip', 'gzip', (bytes) => zlib.gzipSync(bytes)],
  ['zlib', 'deflate', (bytes) => zlib.deflateSync(bytes)],
  ['bare deflate', 'deflate', (bytes) => zlib.deflateRawSync(bytes)],
  [
    'brotli',
    'br',
    (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } }),
  ],
  ['zstd', 'zstd', (bytes) => zlib.zstdCompressSync(bytes)],
];

/** Decodes bytes that arrive in chunks of a size; the reader takes its time where `slow`. */
async function decode(encoding: Encoding, bytes: Buffer, size = bytes.length, slow = false): Promise<Buffer> {
  const out: Uint8Array[] = [];
  let ended = 0;
  const decoder = new Decoder(encoding, {
    write: (chunk) => {
      out.push(chunk);
      return slow ? new Promise((resolve) => setImmediate(resolve)) : undefined;
    },
    end: () => {
      ended += 1;
    },
    abort: () => undefined,
  });
  for (let at = 0; at < bytes.length; at += size) await decoder.write(bytes.subarray(at, at + size));
  await decoder.end();
  assert.equal(ended, 1);
  return Buffer.concat(out);
}

/** Text that compresses, and noise that does not, in one. */
function sample(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i % 1000 < 500 ? 65 : (i * i * 31) % 256)));
}

const isBad = (error: unknown) => error instanceof Refused && error.code === 'bad_gzip';

for (const [name, encoding, code] of CODERS) {
  test(`${name}: small and large bodies come out whole, in any pieces, for a slow reader too`, async () => {
    for (const length of [0, 1, 5000, 600_000]) {
      const bytes = sample(length);
      const coded = code(bytes);
      for (const size of [1000, 30_000, Math.max(1, coded.length)]) {
        for (const slow of [false, true]) {
          assert.ok((await decode(encoding, coded, size, slow)).equals(bytes), `${length} by ${size}`);
        }
      }
    }
  });

  test(`${name}: what is cut short or has something behind it is refused`, async () => {
    for (const length of [100, 400_000]) {
      const coded = code(sample(length));
      for (const size of [700, coded.length + 10]) {
        for (const cut of [1, 3, coded.length >> 1, coded.length]) {
          await assert.rejects(
            decode(encoding, coded.subarray(0, -cut), size),
            isBad,
            `${length} without ${cut} by ${size}`,
          );
        }
        await assert.rejects(
          decode(encoding, Buffer.concat([coded, Buffer.from('garbage')]), size),
          isBad,
          `${length} by ${size}`,
        );
      }
    }
  });

  test(`${name}: flipped bytes give bytes or a refusal, and never anything else`, () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(300, 40_000),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 50, max: 40_000 }),
        async (length, flips, size) => {
          const coded = code(sample(length));
          for (const [at, value] of flips) coded[at % coded.length] = value;
          try {
            await decode(encoding, coded, size);
          } catch (error) {
            assert.ok(isBad(error), String(error));
          }
        },
      ),
      { numRuns: 100 },
    ));
}

test('zeros behind gzip are padding', async () => {
  const coded = Buffer.concat([zlib.gzipSync('abc'), Buffer.alloc(20)]);
  for (const size of [1, 5, 100]) assert.equal((await decode('gzip', coded, size)).toString(), 'abc');
});

test('what the reader throws comes back unchanged', async () => {
  const wrong = new Error('no more');
  for (const bytes of [zlib.gzipSync(sample(100)), zlib.gzipSync(sample(400_000))]) {
    const decoder = new Decoder('gzip', {
      write: () => {
        throw wrong;
      },
      end: () => undefined,
      abort: () => undefined,
    });
    await assert.rejects(
      async () => {
        for (let at = 0; at < bytes.length; at += 1000) await decoder.write(bytes.subarray(at, at + 1000));
        await decoder.end();
      },
      (error) => error === wrong,
    );
  }
});

test('codings are read in order; unknown ones and too many are refused', () => {
  const of = (header: string) => encodingsOf({ 'content-encoding': header });
  assert.deepEqual(encodingsOf({}), []);
  assert.deepEqual(of('identity'), []);
  assert.deepEqual(of('X-GZIP, Br'), ['gzip', 'br']);
  for (const header of ['compress', 'gzip, lzma', 'constructor', 'gzip, gzip, gzip']) {
    assert.throws(
      () => of(header),
      (error: unknown) => error instanceof Refused && error.code === 'unknown_encoding',
    );
  }
});
