// Debug files on disk: what takes too long to read is refused as a whole.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { indexDebugFiles, UnreadableDebugFile } from '../../../src/process/symbols/read-debug-files.ts';
import { programWithDebugInformation } from '../../formats/debug-files/dwarf-builder.ts';

describe('debug files on disk', () => {
  it('are indexed as a whole, or refused where their time is over', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mayday-test-'));
    try {
      const file = path.join(folder, 'app');
      writeFileSync(file, programWithDebugInformation(5));
      const debugId = '33221100554477668899AABBCCDDEEFF0';
      const set = {
        files: [{ file, name: 'app' }],
        debugFile: 'app',
        debugId,
        spool: path.join(folder, 'spool'),
      };
      const index = path.join(folder, 'app.index');
      assert.equal((await indexDebugFiles(set, index)).facts.functions, 2);
      await assert.rejects(indexDebugFiles({ ...set, timeoutMs: -1000 }, index), UnreadableDebugFile);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
