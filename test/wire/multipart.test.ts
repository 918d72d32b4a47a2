// The multipart parser: framing, however it is cut, and the ways in which it can be broken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refused } from '../../src/base/refusal.ts';
import { MultipartParser } from '../../src/wire/multipart.ts';
import type { PartHeader } from '../../src/wire/part-header.ts';

interface Part extends PartHeader {
  readonly text: string;
}

/** Parses bytes that arrive in pieces of these sizes. */
async function parse(
  bytes: Buffer,
  options: { readonly sizes?: readonly number[]; readonly boundary?: string; readonly slow?: boolean } = {},
): Promise<readonly Part[]> {
  const { sizes = [bytes.length], boundary = 'b', slow = false } = options;
  const parts: Part[] = [];
  let header: PartHeader = { name: null, filename: null, contentType: null };
  let chunks: Uint8Array[] = [];
  const later = () => (slow ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined);
  const parser = new MultipartParser(
    boundary,
    {
      begin: (next) => {
        header = next;
        chunks = [];
      },
      data: (chunk) => {
        assert.ok(chunk.length > 0, 'no empty chunks');
        chunks.push(chunk);
        return later();
      },
      end: () => {
        parts.push({ ...header, text: Buffer.concat(chunks).toString('latin1') });
        return later();
      },
    },
    { maxParts: 5, maxPartHeaderBytes: 200 },
  );
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = Math.max(1, sizes[i % Math.max(1, sizes.length)] ?? bytes.length);
    await parser.write(bytes.subarray(at, at + size));
    at += size;
  }
  parser.finish();
  return parts;
}

const latin = (text: string) => Buffer.from(text, 'latin1');
const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const refusedAs = (code: string) => (error: unknown) => error instanceof Refused && error.code === code;

// Holds: fields
test('parts come out with name, file name, type and bytes', async () => {
  const parts = await parse(
    latin(
      `${field('a', '1')}--b\r\nContent-Disposition: form-data; name="f"; filename="x y.dmp"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--\r\n-\r\n--b--\r\n`,
    ),
  );
  assert.deepEqual(parts, [
    { name: 'a', filename: null, contentType: null, text: '1' },
    { name: 'f', filename: 'x y.dmp', contentType: 'application/octet-stream', text: '\r\n--\r\n-' },
  ]);
});

test('preamble, epilogue and white space behind a boundary do not count', async () => {
  const parts = await parse(
    latin(`hello\r\n--bnot\r\n${field('a', '1').replace('--b', '--b \t ')}--b--\r\nbye --b`),
  );
  assert.deepEqual(
    parts.map(({ name, text }) => [name, text]),
    [['a', '1']],
  );
});

test('an empty part and an empty form are whole', async () => {
  assert.deepEqual((await parse(latin(`${field('a', '')}--b--`)))[0]?.text, '');
  assert.deepEqual(await parse(latin('--b--')), []);
});

test('a boundary that goes on, or stands inside a line, is data', async () => {
  const text = 'x--b\r\ny\r\n--bc\r\n--b-\r\n--b:\r\nz';
  assert.equal((await parse(latin(`${field('a', text)}--b--`)))[0]?.text, text);
});

test('headers may be folded, repeated, in any case, or no headers at all', async () => {
  const parts = await parse(
    latin(
      '--b\r\ncontent-DISPOSITION: form-data;\r\n\tname="a"\r\nno header\r\n: x\r\nCONTENT-TYPE: text/plain\r\nContent-Type: other/one\r\n\r\n1\r\n' +
        '--b\r\n\r\n2\r\n--b--',
    ),
  );
  assert.deepEqual(parts, [
    { name: 'a', filename: null, contentType: 'text/plain', text: '1' },
    { name: null, filename: null, contentType: null, text: '2' },
  ]);
});

test('a body that ends early in any place is broken', async () => {
  const whole = latin(`${field('a', '1')}${field('c', 'two')}--b--`);
  for (let end = 0; end < whole.length; end += 1) {
    await assert.rejects(
      parse(whole.subarray(0, end)),
      refusedAs('invalid_payload_structure'),
      `cut at ${end}`,
    );
  }
});

test('a header without an end does not swallow the next part', async () => {
  const bytes = latin(`--b\r\nContent-Disposition: form-data; name="a"\r\n${field('c', '1')}--b--`);
  await assert.rejects(parse(bytes), refusedAs('invalid_payload_structure'));
});

test('parts and header sizes are bounded, in one piece or byte by byte', async () => {
  const many = latin(`${Array.from({ length: 6 }, (_, i) => field(`a${i}`, '1')).join('')}--b--`);
  const wide = latin(
    `--b\r\nContent-Disposition: form-data; name="a"\r\nX: ${'x'.repeat(300)}\r\n\r\n1\r\n--b--`,
  );
  const endless = latin(`--b\r\n${'x'.repeat(100_000)}`);
  for (const sizes of [[1], [7], [1_000_000]]) {
    await assert.rejects(parse(many, { sizes }), refusedAs('too_many_parts'));
    await assert.rejects(parse(wide, { sizes }), refusedAs('part_header_too_large'));
    await assert.rejects(parse(endless, { sizes }), refusedAs('part_header_too_large'));
  }
  const fits = latin(`--b\r\n${'x'.repeat(200)}\r\n\r\n1\r\n--b--`);
  assert.equal((await parse(fits)).length, 1);
});

const awkward = fc.stringMatching(/^[\r\n\-b a]{0,40}$/).filter((text) => !`\r\n${text}`.includes('\r\n--b'));

test('however a body is cut, and however slow the reader, the parts are the same', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(awkward, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      async (values, sizes, slow) => {
        const bytes = latin(`${values.map((value, i) => field(`n${i}`, value)).join('')}--b--\r\n`);
        const parts = await parse(bytes, { sizes, slow });
        assert.deepEqual(
          parts.map(({ text }) => text),
          values,
        );
      },
    ),
    { numRuns: 400 },
  ));

test('a header line that only looks like a delimiter is a header line, however the body is cut', async () => {
  const bytes = latin(`--b\r\nContent-Disposition: form-data; name="a"\r\n--x: y\r\n\r\n1\r\n--b--`);
  for (const sizes of [[1], [7], [1_000_000]]) {
    assert.deepEqual(
      (await parse(bytes, { sizes })).map(({ text }) => text),
      ['1'],
    );
  }
});

test('flipped bytes give parts or a refusal, the same however they are cut', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
      async (flips, sizes) => {
        const bytes = latin(
          `${field('a', '1')}${field('long', 'x\r\n'.repeat(20))}${field('c', '--b')}--b--\r\n`,
        );
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        const outcome = (cut: readonly number[]) =>
          parse(bytes, { sizes: cut }).catch((error: unknown) => {
            assert.ok(error instanceof Refused, String(error));
            return error.code;
          });
        assert.deepEqual(await outcome(sizes), await outcome([bytes.length]));
      },
    ),
    { numRuns: 400 },
  ));

test('text that only begins like a delimiter is handed over with what is around it, in few pieces', async () => {
  const pieces: number[] = [];
  const parser = new MultipartParser(
    'b',
    { begin: () => undefined, data: (chunk) => void pieces.push(chunk.length), end: () => undefined },
    { maxParts: 5, maxPartHeaderBytes: 200 },
  );
  const value = '\r\n--bx'.repeat(4000);
  await parser.write(latin(`${field('a', value)}--b--\r\n`));
  parser.finish();
  assert.ok(pieces.length < 4, `${pieces.length} pieces`);
  assert.equal(
    pieces.reduce((sum, length) => sum + length, 0),
    value.length,
  );
});

test('a body that is full of almost-delimiters is refused before it costs much', async () => {
  const value = '\r\n--bx'.repeat(5000);
  await assert.rejects(
    parse(latin(`${field('a', value)}--b--\r\n`), { sizes: [1000] }),
    refusedAs('invalid_payload_structure'),
  );
});
