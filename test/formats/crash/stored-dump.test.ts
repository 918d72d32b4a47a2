// Minidumps that are read where they are stored: the same result, from a small part of the bytes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ByteSource, PAGE_BYTES } from '../../../src/base/paged-reader.ts';
import { unpackStored } from '../../../src/formats/containers/dump-container.ts';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';
import { largeDump } from './large-dump.ts';

function sourceOf(bytes: Uint8Array): ByteSource & { readBytes: number } {
  return {
    byteLength: bytes.length,
    readBytes: 0,
    read(position, length) {
      this.readBytes += length;
      return bytes.slice(position, position + length);
    },
  };
}

const MEBIBYTE = 1024 * 1024;
const dumps = sharedData('minidumps', 'dumps');
const hostile = sharedData('minidumps', 'hostile');

test(
  'every dump gives the same result from its store as from memory',
  { skip: dumps === null || hostile === null ? SHARED_ABSENT : false },
  async () => {
    let looked = 0;
    for (const folder of [dumps ?? '', hostile ?? ''])
      for (const name of readdirSync(folder)) {
        const data = readFileSync(path.join(folder, name));
        const bytes = name.endsWith('.gz') ? gunzipSync(data) : data;
        assert.deepEqual(await processMinidump(sourceOf(bytes)), await processMinidump(bytes), name);
        looked += 1;
      }
    assert.ok(looked > 50);
  },
);

test('a large dump gives the same result from its store, and a small part of it is read', async () => {
  const bytes = largeDump();
  const source = sourceOf(bytes);
  const stored = await processMinidump(source);
  assert.deepEqual(stored, await processMinidump(bytes));
  assert.equal(stored.status, 'OK');
  assert.ok(stored.crash_info.instruction !== null);
  assert.ok(source.readBytes < bytes.length / 8, `${source.readBytes} of ${bytes.length} bytes were read`);
});

test('of a file that is no minidump the front is read, whatever its size', async () => {
  const source = sourceOf(new Uint8Array(8 * MEBIBYTE).fill(7));
  const { bytes } = unpackStored(source);
  assert.equal((await processMinidump(bytes)).status, 'ERROR_NO_MINIDUMP_HEADER');
  assert.ok(source.readBytes <= PAGE_BYTES);
});

test('an empty file and one of a few bytes are told as what they are', async () => {
  assert.equal(
    (await processMinidump(unpackStored(sourceOf(new Uint8Array(0))).bytes)).status,
    'ERROR_EMPTY_FILE',
  );
  assert.equal(
    (await processMinidump(unpackStored(sourceOf(Buffer.from('MDMP'))).bytes)).status,
    'ERROR_TRUNCATED',
  );
});

test('a packed dump is read whole and unpacked', async () => {
  const bytes = largeDump();
  const { bytes: found, packings } = unpackStored(sourceOf(gzipSync(bytes)));
  assert.deepEqual(packings, ['gzip']);
  assert.deepEqual(await processMinidump(found), await processMinidump(bytes));
});

test('a store that fails is no damage of the dump: processing rejects', async () => {
  const bytes = largeDump();
  const source = sourceOf(bytes);
  const failing: ByteSource = {
    byteLength: bytes.length,
    read(position, length) {
      if (source.readBytes > PAGE_BYTES) throw new Error('the disk is gone');
      return source.read(position, length);
    },
  };
  await assert.rejects(processMinidump(failing), /the disk is gone/);
});
