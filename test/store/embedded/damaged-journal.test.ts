// A journal of erasures that cannot be read whole is never passed over: what was erased would come back unsaid.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { command as backup } from '../../../src/cli/commands/backup-command.ts';
import { command as restore } from '../../../src/cli/commands/restore-command.ts';
import type { Command } from '../../../src/cli/command.ts';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { withJournalText, writeJournalFile } from '../../../src/store/embedded/journal/journal-file.ts';
import {
  forgetErased,
  noteErasedReport,
  storeIdOf,
} from '../../../src/store/embedded/journal/journal-rows.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import {
  journalHead,
  journalLine,
  journalName,
  parseJournal,
} from '../../../src/store/shared/erasure-journal.ts';
import { storeReport } from '../conformance/report-builder.ts';
import { storeOptions } from './open-store.ts';

const roots: string[] = [];
after(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** A store of two reports, backed up; both are erased then, and backed up again. */
async function erasedSince() {
  const root = mkdtempSync(path.join(os.tmpdir(), 'mayday-damaged-journal-'));
  roots.push(root);
  const [dir, target] = [path.join(root, 'data'), path.join(root, 'backups')];
  const env = {
    ...{ CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent', REPORTS_SERVER_PORT: '0', SUBMIT_SERVER_PORT: '0' },
  };
  const run = async (command: Command, ...args: readonly string[]) => {
    let [out, err] = ['', ''];
    const io = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
    try {
      return { code: await command.run(args, { ...io, env, terminal: false }), out, err };
    } catch (error) {
      return { code: 1, out, err: `${err}${(error as Error).message}\n` };
    }
  };
  const open = () => openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  const store = await open();
  const gone = [(await storeReport(store, {}, [])).crashId, (await storeReport(store, {}, [])).crashId];
  await store.close();
  await run(backup, '--quiet', target);
  const first = readdirSync(target).find((name) => /^\d{8}T/.test(name)) ?? '';
  const later = await open();
  for (const crashId of gone) await later.reports.deleteReport(crashId);
  await later.maintenance.prune();
  await later.close();
  await run(backup, '--quiet', target);
  const journal = path.join(target, readdirSync(target).find((name) => name.startsWith('erasures-')) ?? '');
  const left = async () => {
    const opened = await open();
    const found = await Promise.all(gone.map((crashId) => opened.reports.getReport(crashId)));
    await opened.close();
    return found.filter((report) => report !== null).length;
  };
  return { root, dir, target, first, journal, run, open, left };
}

function damageLine(file: string, line: number): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[line] = '\0'.repeat(20);
  writeFileSync(file, lines.join('\n'));
}

describe('a restore', () => {
  for (const where of ['beside the backup', 'in the old data folder', 'that was set aside'] as const) {
    test(`refuses before anything has changed where a journal ${where} is damaged, unless it is told to go on`, async () => {
      const { dir, target, first, journal, run, left } = await erasedSince();
      if (where === 'in the old data folder') {
        renameSync(dir, `${dir}.old`);
        rmSync(journal);
        damageLine(path.join(`${dir}.old`, path.basename(journal)), 1);
      } else {
        rmSync(dir, { recursive: true });
        damageLine(journal, 1);
        if (where === 'that was set aside') renameSync(journal, `${journal}.damaged-1`);
      }
      const refused = await run(restore, '--quiet', '--at', first, target);
      assert.equal(refused.code, 1);
      assert.match(
        refused.err,
        where === 'that was set aside'
          ? /^\S+ was set aside because it could not be read whole; what was erased [^\n]* Nothing was restored\.\n$/
          : /^\S+ is damaged: line 2 is no line of a journal; what was erased [^\n]* Nothing was restored\.\n$/,
      );
      assert.equal(existsSync(dir), false);
      const made = await run(restore, '--quiet', '--skip-damaged-erasures', '--at', first, target);
      assert.equal(made.code, 0);
      assert.match(made.out, /1 report that was erased since is gone/);
      assert.match(made.err, /What was erased and stood only in what cannot be read of it is there again/);
      assert.equal(await left(), 1);
    });
  }

  test('does not stop at a damaged journal of another store, nor at the end that a kill cut off', async () => {
    const { dir, target, first, journal, run, left } = await erasedSince();
    writeFileSync(path.join(target, journalName('0'.repeat(32))), 'no journal at all\n');
    writeFileSync(journal, `${readFileSync(journal, 'utf8')}{"n":3,"id":"12`);
    rmSync(dir, { recursive: true });
    const { code, err } = await run(restore, '--quiet', '--at', first, target);
    assert.deepEqual([code, err], [0, '']);
    assert.equal(await left(), 0);
  });
});

describe('a backup', () => {
  test('is made, leaves a damaged journal beside it as it is, and says so with exit code 1', async () => {
    const { target, journal, run } = await erasedSince();
    damageLine(journal, 1);
    const before = readFileSync(journal, 'utf8');
    const { code, out, err } = await run(backup, '--quiet', target);
    assert.equal(code, 1);
    assert.match(out, /^Backup \d{8}T/);
    assert.match(err, /^\S+ is damaged: line 2 is no line of a journal\. It stays as it is, [^\n]*\n$/);
    assert.equal(readFileSync(journal, 'utf8'), before);
    renameSync(journal, `${journal}.damaged`);
    assert.equal((await run(backup, '--quiet', target)).code, 0);
    assert.equal(parseJournal(readFileSync(journal, 'utf8'), journal).lines.length, 2);
  });
});

describe('the journal of a data folder', () => {
  test('that is damaged is set aside and said, and what can be read of it stays', async () => {
    const { dir, journal } = await erasedSince();
    const layout = layoutOf(dir);
    const connection = openDatabase(layout.database, { readonly: false, cacheBytes: 1e6, walBytes: 1e6 });
    try {
      const file = path.join(dir, path.basename(journal));
      const lost = journalLine({ id: 'ab'.repeat(16), at: 1, what: { kind: 'report' } });
      const [head = '', ...lines] = readFileSync(file, 'utf8').split('\n');
      writeFileSync(file, `${head}\n${lost}broken\n${lines.join('\n').slice(0, -5)}`);
      const damaged = readFileSync(file, 'utf8');
      noteErasedReport(connection, 'another', 5);
      const said = writeJournalFile(layout, connection);
      assert.match(
        said ?? '',
        /is damaged: line 3 is no line of a journal\. It was set aside as erasures-\S+\.damaged-1, /,
      );
      assert.equal(readFileSync(`${file}.damaged-1`, 'utf8'), damaged);
      const whole = parseJournal(readFileSync(file, 'utf8'), file);
      assert.deepEqual([whole.lines.length, whole.lines[0]?.id], [4, 'ab'.repeat(16)]);
    } finally {
      connection.close();
    }
  });

  test('never has more than half as many lines again as are kept, and knows from when on it is whole', async () => {
    const { dir, journal } = await erasedSince();
    const layout = layoutOf(dir);
    const connection = openDatabase(layout.database, { readonly: false, cacheBytes: 1e6, walBytes: 1e6 });
    try {
      const file = path.join(dir, path.basename(journal));
      rmSync(file);
      let most = 0;
      for (let n = 0; n < 100; n += 1) {
        // Those that are erased once more take a line of the file, and none of the rows.
        noteErasedReport(connection, `report ${n % 3 === 0 ? 0 : n}`, 4e12 + n);
        forgetErased(connection, 10);
        assert.equal(writeJournalFile(layout, connection, 10), null);
        const { lines } = parseJournal(readFileSync(file, 'utf8'), file);
        assert.equal(lines.at(-1)?.at, 4e12 + n);
        most = Math.max(most, lines.length);
      }
      assert.ok(most > 10 && most <= 15, `${most} lines`);
      const { from, lines } = parseJournal(readFileSync(file, 'utf8'), file);
      assert.ok(from > 4e12 && from < (lines[0]?.at ?? 0), `from ${from}`);
    } finally {
      connection.close();
    }
  });

  test('beside backups takes no more lines than are kept, the newest', () => {
    const store = '1'.repeat(32);
    const line = (n: number) => ({
      ...{ id: n.toString(16).padStart(32, '0'), at: n, what: { kind: 'report' } as const },
    });
    const before = journalHead({ store, from: 0 }) + [1, 2, 3].map((n) => journalLine(line(n))).join('');
    const own = { store, from: 0, lines: [line(3), line(4)] };
    const given = { text: before, where: 'the journal' };
    assert.deepEqual(
      withJournalText(own, given).lines.map(({ at }) => at),
      [1, 2, 3, 4],
    );
    const bound = withJournalText(own, given, 3);
    assert.deepEqual([bound.from, bound.lines.map(({ at }) => at)], [1, [2, 3, 4]]);
    // What was cut stays known, although the rows were never cut.
    const again = withJournalText(
      own,
      { ...given, text: journalHead(bound) + bound.lines.map((each) => journalLine(each)).join('') },
      3,
    );
    assert.equal(again.from, 1);
    assert.throws(() => withJournalText({ ...own, store: '2'.repeat(32) }, given), /names another store/);
  });
});

test('the store of a manifest is that of its journal', async () => {
  const { dir, target, first } = await erasedSince();
  const manifest = JSON.parse(readFileSync(path.join(target, first, 'manifest.json'), 'utf8')) as {
    store?: string;
  };
  const connection = openDatabase(layoutOf(dir).database, { readonly: true, cacheBytes: 1e6, walBytes: 0 });
  assert.equal(manifest.store, storeIdOf(connection));
  connection.close();
});
