// A connection may break at any moment; what it leaves behind is nothing.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { nodeFiles } from '../../../src/store/embedded/disk/files.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { someBytes } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';

for (const slow of ['makeFolder', 'create'] as const) {
  test(`a draft discarded while ${slow} of its first file is under way leaves nothing behind`, async () => {
    const dir = await newFolder();
    let reached = (): void => undefined;
    const under = new Promise<void>((resolve) => (reached = resolve));
    let go = (): void => undefined;
    const released = new Promise<void>((resolve) => (go = resolve));
    const files = {
      ...nodeFiles,
      async makeFolder(folder: string) {
        if (slow === 'makeFolder' && path.basename(path.dirname(folder)) === 'incoming') await wait();
        return nodeFiles.makeFolder(folder);
      },
      async create(file: string) {
        if (slow === 'create') await wait();
        return nodeFiles.create(file);
      },
    };
    function wait(): Promise<void> {
      reached();
      return released;
    }
    const store = await openEmbeddedStore(storeOptions(dir, { files, packedBytes: 0 }));
    try {
      const draft = store.intake.draft();
      const sink = draft.attachment({ name: 'dump', kind: 'file', filename: null, contentType: null });
      const writing = Promise.resolve(sink.write(someBytes(400_000))).catch(() => undefined);
      await under;
      const discarding = draft.discard();
      await new Promise((resolve) => setTimeout(resolve, 20));
      go();
      await Promise.all([writing, discarding]);
      assert.deepEqual(readdirSync(path.join(dir, 'incoming')), []);
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
}
