// Copies that nothing is erased from are named to whoever erases, and to whoever looks after the server.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { checkCopies } from '../../src/app/doctor/upkeep.ts';
import { keptCopies } from '../../src/app/kept-copies.ts';
import { command as erase } from '../../src/cli/commands/erase-command.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';

test('an erasure and the doctor name what a repair and a restore kept, as long as it lies there', async () => {
  const root = await newFolder();
  const dir = path.join(root, 'data');
  try {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    for (const n of [1, 2]) await storeReport(store, { installation: `i${n}` }, []);
    await store.close();
    const run = async (...args: readonly string[]) => {
      let err = '';
      const env = { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent' };
      const io = { out: () => undefined, err: (text: string) => (err += text), env, terminal: false };
      return { code: await erase.run(args, io), err };
    };
    assert.deepEqual(await run('--installation', 'i1', '--yes'), { code: 0, err: '' });
    assert.deepEqual(
      (await checkCopies({ CRASH_REPORTS_DIR: dir })).map(({ verdict }) => verdict),
      ['ok'],
    );
    const kept = ['damaged-20261130-010203', 'unclaimed-20261130-010203'].map((name) => path.join(dir, name));
    for (const folder of kept) mkdirSync(folder);
    mkdirSync(`${dir}.old`);
    // An empty folder beside it is nobody's store.
    assert.deepEqual(keptCopies({ CRASH_REPORTS_DIR: dir }), kept);
    writeFileSync(path.join(`${dir}.old`, 'mayday.db'), '');
    writeFileSync(path.join(dir, 'erasures-0123456789ab.jsonl.damaged-1'), '');
    const copies = [...kept, `${path.resolve(dir)}.old`];
    // Who only counts has erased nothing.
    assert.equal((await run('--installation', 'i2')).err, '');
    const { code, err } = await run('--installation', 'i2', '--yes');
    assert.equal(code, 0);
    assert.ok(err.includes(`may still lie in ${copies.join(', ')}, which`), err);
    assert.ok(err.endsWith(`(rm -r ${copies.join(' ')}).\n`), err);
    const found = await checkCopies({ CRASH_REPORTS_DIR: dir });
    assert.deepEqual(
      found.map(({ verdict }) => verdict),
      ['warn', 'warn'],
    );
    assert.ok(found[0]?.found.startsWith(copies.join(', ')));
    assert.match(found[1]?.found ?? '', /^erasures-0123456789ab\.jsonl\.damaged-1 is a journal/);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('a folder beside the store that cannot be looked into is named, and stops nobody', async () => {
  const root = await newFolder();
  const dir = path.join(root, 'data');
  try {
    mkdirSync(dir);
    // Of itself: whoever looks into it gets an error, whatever rights they have.
    symlinkSync(`${dir}.old`, `${dir}.old`);
    assert.deepEqual(keptCopies({ CRASH_REPORTS_DIR: dir }), [`${dir}.old`]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
