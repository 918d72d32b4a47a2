// What is read of a report's attachments before it is processed.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readParts } from '../../../src/process/worker/read-parts.ts';
import type { ReportStore } from '../../../src/store/reports.ts';

function storeWith(chunks: readonly Buffer[]): { readonly store: ReportStore; readonly read: () => number } {
  let read = 0;
  const stream = (function* () {
    for (const chunk of chunks) {
      read += 1;
      yield chunk;
    }
  })();
  const info = { name: 'upload_file_minidump', kind: 'minidump', size: 0 };
  const store = { openAttachment: async () => ({ info, stream: Readable.from(stream) }) };
  return { store: store as unknown as ReportStore, read: () => read };
}

const attachmentOf = (size: number) => ({
  name: 'upload_file_minidump',
  kind: 'minidump' as const,
  filename: null,
  contentType: null,
  size,
  sha256: '',
});

test('of bytes that begin like no minidump only the beginning is read, whatever their size', async () => {
  const chunks = Array.from({ length: 50 }, () => Buffer.alloc(64 * 1024, 7));
  const { store, read } = storeWith(chunks);
  const { parts } = await readParts(
    store,
    { crashId: 'x', attachments: [attachmentOf(50 * 64 * 1024)] },
    512,
  );
  assert.deepEqual(
    parts.map(([name, bytes]) => [name, bytes.length]),
    [['upload_file_minidump', 32]],
  );
  assert.ok(read() < 50);
});

test('a minidump, a compressed one, and one too short to tell are read whole', async () => {
  for (const first of ['MDMP', 'PMDM', '\u001f\u008b', 'M']) {
    const bytes = Buffer.concat([
      Buffer.from(first, 'latin1'),
      first.length === 1 ? Buffer.alloc(0) : Buffer.alloc(1000, 1),
    ]);
    const { store } = storeWith([bytes]);
    const { parts } = await readParts(
      store,
      { crashId: 'x', attachments: [attachmentOf(bytes.length)] },
      512,
    );
    assert.deepEqual(parts[0]?.[1].length, bytes.length);
  }
});
