// What stands in a part that should be a minidump, packed in every way that clients use.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it, test } from 'node:test';
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { packingOf, unpackDump } from '../../../src/formats/containers/dump-container.ts';
import { decodeXz } from '../../../src/formats/containers/xz.ts';

const LIMIT = { maxBytes: 1_000_000 };
const DUMP = Buffer.concat([Buffer.from('MDMP'), Buffer.alloc(3000, 'thread '), Buffer.from([0, 1, 2, 255])]);

/** A zip with these files, deflated or stored. */
function zip(files: Readonly<Record<string, Buffer>>, method: 0 | 8 = 8): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = method === 8 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, Buffer.from(name), data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    entries.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), common, tail, Buffer.from(name)]),
    );
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\u0005\u0006'), end]);
}

const multipart = Buffer.concat([
  Buffer.from(
    '------b\r\nContent-Disposition: form-data; name="prod"\r\n\r\nElectron\r\n------b\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="x.dmp"\r\nContent-Type: application/octet-stream\r\n\r\n',
  ),
  DUMP,
  Buffer.from('\r\n------b--\r\n'),
]);

describe('a dump is found', () => {
  const cases: readonly (readonly [string, Buffer, readonly string[]])[] = [
    ['as it is', DUMP, []],
    ['in gzip', gzipSync(DUMP), ['gzip']],
    ['in zstd', zstdCompressSync(DUMP), ['zstd']],
    ['in a zip', zip({ 'a/x.dmp': DUMP }), ['zip']],
    ['in a zip, stored', zip({ core: DUMP }, 0), ['zip']],
    ['in a zip beside other files', zip({ 'x.dmp': DUMP, 'log.txt': Buffer.from('hello') }), ['zip']],
    ['in a multipart body', multipart, ['multipart']],
    ['in a multipart body in gzip', gzipSync(multipart), ['gzip', 'multipart']],
  ];
  for (const [name, bytes, packings] of cases)
    it(name, () => {
      const found = unpackDump(bytes, LIMIT);
      assert.deepEqual([found.packings, found.problem], [packings, null]);
      assert.equal(Buffer.compare(found.bytes, DUMP), 0);
    });

  it('as far as it goes where the packing was cut', () => {
    const random = Buffer.concat([
      Buffer.from('MDMP'),
      Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31) % 251)),
    ]);
    for (const packed of [gzipSync(random, { level: 1 }), gzipSync(random)]) {
      const found = unpackDump(packed.subarray(0, packed.length - 200), LIMIT);
      assert.equal(found.problem, null);
      assert.ok(found.bytes.length > 100 && random.subarray(0, found.bytes.length).equals(found.bytes));
    }
  });
});

describe('what cannot be unpacked says why', () => {
  for (const [name, bytes, problem] of [
    ['two dumps in a zip', zip({ 'a.dmp': DUMP, 'b.dmp': DUMP }), /holds 2 files, 2 of them dumps/],
    ['an empty zip', zip({}), /holds 0 files/],
    ['a zip that is cut', zip({ 'a.dmp': DUMP }).subarray(0, 60), /cut short/],
    ['a bomb', gzipSync(Buffer.alloc(2_000_000)), /grows beyond 1000000 bytes/],
    [
      'a damaged xz',
      Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1, 2, 3]),
      /xz data cannot be unpacked/,
    ],
  ] as const)
    it(name, () => assert.match(unpackDump(bytes, LIMIT).problem ?? '', problem));
});

test('any bytes give an answer, whatever they begin like', () => {
  const starts = [
    [0x1f, 0x8b, 8],
    [0x28, 0xb5, 0x2f, 0xfd],
    [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1],
    [0x50, 0x4b, 3, 4],
    [0x2d, 0x2d],
  ];
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      const found = unpackDump(Uint8Array.from([...start, ...rest]), { maxBytes: 10_000 });
      assert.ok(found.bytes.length <= 10_000);
    }),
    { numRuns: 2000 },
  );
});

test('damage in packed dumps is told or leads to other bytes, never to an exception', () => {
  const packed = [gzipSync(DUMP), zstdCompressSync(DUMP), zip({ 'x.dmp': DUMP }), multipart];
  fc.assert(
    fc.property(fc.constantFrom(...packed), fc.nat(), fc.nat(255), (bytes, at, value) => {
      const damaged = Buffer.from(bytes);
      damaged[at % damaged.length] = value;
      unpackDump(damaged, LIMIT);
    }),
    { numRuns: 2000 },
  );
});

const xz = (input: Buffer, ...options: readonly string[]): Buffer =>
  spawnSync('xz', ['-c', ...options], { input, maxBuffer: 1e8 }).stdout;
const skip = spawnSync('xz', ['--version']).status === 0 ? false : 'needs the xz tool to make files';

describe('.xz files', { skip }, () => {
  for (const options of [
    ['-6'],
    ['-9e'],
    ['--lzma2=lc=0,lp=2,pb=0'],
    ['--check=none'],
    ['--check=sha256'],
    ['--block-size=700'],
  ])
    it(`made with ${options.join(' ')} are read`, () => {
      assert.equal(Buffer.compare(decodeXz(xz(DUMP, ...options), LIMIT), DUMP), 0);
      const incompressible = Buffer.from(
        Array.from({ length: 70_000 }, (_, i) => (i * i * i * 17 + (i >> 3)) & 255),
      );
      assert.equal(Buffer.compare(decodeXz(xz(incompressible, ...options), LIMIT), incompressible), 0);
    });

  it('have a limit', () => {
    const bomb = xz(Buffer.alloc(2_000_000));
    assert.equal(packingOf(bomb), 'xz');
    assert.match(unpackDump(bomb, LIMIT).problem ?? '', /beyond its limit/);
  });

  it('with flipped bytes never do more than fail', () => {
    const whole = xz(DUMP);
    for (let at = 6; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      unpackDump(damaged, LIMIT);
    }
  });
});
