// A pack tells of its entries by itself, whatever became of its neighbours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RandomFile } from '../../../src/store/embedded/disk/files.ts';
import {
  PACK_HEAD_BYTES,
  packEntries,
  packHead,
  packId,
  packName,
} from '../../../src/store/embedded/disk/pack-format.ts';
import { recordFrame } from '../../../src/store/embedded/disk/record-frame.ts';

const ID = Buffer.from('0123456789ab', 'latin1');

function entry(name: string, body: Uint8Array, id = ID): Buffer {
  const record = recordFrame({ crashId: name }, null);
  return Buffer.concat([packHead(id, body.length, record.length), body, record]);
}

function fileOf(bytes: Buffer): RandomFile {
  return {
    size: bytes.length,
    read: (at, length) => bytes.subarray(at, at + length),
    close: () => undefined,
  };
}

function found(bytes: Buffer): readonly (readonly [name: unknown, at: number])[] {
  return [...packEntries(fileOf(bytes), ID)].map(({ at, record }) => [
    record === null ? null : (record as { crashId: unknown }).crashId,
    at,
  ]);
}

test('the name of a pack tells its day and its id', () => {
  const name = packName('20260314', ID);
  assert.deepEqual(packId(name), ID);
  for (const other of ['20260314.pack', `${name}.old`, 'notes.txt', `../${name}`])
    assert.equal(packId(other), null);
});

test('entries are found in order, with what they say of themselves', () => {
  const entries = ['a', 'b', 'c'].map((name, index) => entry(name, Buffer.alloc(index * 1000, name)));
  const lengths = entries.map(({ length }) => length);
  assert.deepEqual(found(Buffer.concat(entries)), [
    ['a', 0],
    ['b', lengths[0]],
    ['c', (lengths[0] ?? 0) + (lengths[1] ?? 0)],
  ]);
  assert.deepEqual(found(Buffer.alloc(0)), []);
});

test('what was erased, torn or damaged between entries hides none of the others', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ size: fc.nat(3000), gap: fc.nat(200), fill: fc.nat(255) }), { maxLength: 8 }),
      fc.nat(),
      (shapes, seed) => {
        const pieces: Buffer[] = [];
        const expected: (readonly [string, number])[] = [];
        let at = 0;
        for (const [index, { size, gap, fill }] of shapes.entries()) {
          const noise = Buffer.alloc(gap, fill);
          const whole = entry(`${index}`, Buffer.alloc(size, seed + index));
          expected.push([`${index}`, at + gap]);
          pieces.push(noise, whole);
          at += gap + whole.length;
        }
        assert.deepEqual(found(Buffer.concat(pieces)), expected);
        // The end of the file is lost: the last one is, too.
        const torn = Buffer.concat(pieces).subarray(0, -1);
        assert.deepEqual(found(torn), expected.slice(0, -1));
      },
    ),
  );
});

test('an entry whose record is damaged is still an entry', () => {
  const [first, second] = [entry('a', Buffer.alloc(500)), entry('b', Buffer.alloc(500))];
  first[PACK_HEAD_BYTES + 500 + 10] = (first[PACK_HEAD_BYTES + 500 + 10] ?? 0) ^ 0xff;
  assert.deepEqual(found(Buffer.concat([first, second])), [
    [null, 0],
    ['b', first.length],
  ]);
});

test('bytes in an upload that look like an entry are none: no client knows the id of a pack', () => {
  const forged = entry('forged', Buffer.alloc(100), Buffer.alloc(12, 0x41));
  const real = entry('real', forged);
  real[PACK_HEAD_BYTES - 1] = (real[PACK_HEAD_BYTES - 1] ?? 0) ^ 0xff;
  assert.deepEqual(found(real), [], 'its head is damaged, so that its body is searched');
});
