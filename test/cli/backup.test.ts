// `mayday backup`, `verify` and `restore` as an operator meets them: what they say, what they leave, their exit codes.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { UsageError } from '../../src/cli/arguments.ts';
import { command as backup } from '../../src/cli/commands/backup-command.ts';
import { command as restore } from '../../src/cli/commands/restore-command.ts';
import { command as verify } from '../../src/cli/commands/verify-command.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';

let root = '';
let dir = '';

before(async () => {
  root = await newFolder();
  dir = path.join(root, 'data');
  const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  for (const [index, size] of [3000, 100_000, 700_000].entries())
    await storeReport(store, { identity: `i${index}` }, [{ name: 'dump', data: someBytes(size, index) }]);
  await store.close();
});
after(() => rm(root, { recursive: true, force: true }));

async function run(
  command: Command,
  args: readonly string[],
  data = dir,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  const env = { CRASH_REPORTS_DIR: data, SUBMIT_SERVER_PORT: '0', REPORTS_SERVER_PORT: '0' };
  const code = await command.run(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env,
    terminal: false,
  });
  return { code, out: out.replaceAll(root, 'ROOT').replaceAll(/\d{8}T\d{6}Z/g, 'TIME'), err };
}

test('a night and the morning after: backup, verify, loss, restore', async () => {
  const target = path.join(root, 'backups');
  const made = await run(backup, ['--quiet', '--keep', '3', target]);
  assert.equal(made.code, 0);
  assert.match(made.out, /^Backup TIME: 3 reports, 3 files, [\d.]+ MB, of which [\d.]+ MB were copied\.\n$/);
  const checked = await run(verify, ['--quiet', target]);
  assert.equal(
    checked.out,
    'ROOT/backups/TIME: 3 reports, 3 attachments and 0 symbol files were read, 0.8 MB of attachments. All is well.\n',
  );
  assert.equal(checked.code, 0);
  const refused = restore.run([target], {
    out: () => undefined,
    err: () => undefined,
    env: { CRASH_REPORTS_DIR: dir, SUBMIT_SERVER_PORT: '0', REPORTS_SERVER_PORT: '0' },
    terminal: false,
  });
  await assert.rejects(refused, /is not empty\. Move it away first/);
  renameSync(dir, `${dir}.old`);
  const back = await run(restore, ['--quiet', target]);
  assert.match(
    back.out,
    /^Restored ROOT\/backups\/TIME of \S+Z into ROOT\/data: 3 reports, 3 files, [\d.]+ MB\.\n$/,
  );
  const well = await run(verify, ['--json']);
  const said = JSON.parse(well.out) as { readonly reports: number; readonly wrong: readonly string[] };
  assert.deepEqual([said.reports, said.wrong], [3, []]);
  const opened = await openEmbeddedStore(storeOptions(dir));
  const { rows } = await opened.audit.list({ what: 'store.*' }, { limit: 9 });
  await opened.close();
  assert.deepEqual(
    rows.map(({ what, who, outcome }) => [what, who.way, outcome]),
    [
      ['store.restore', 'command', 'done'],
      ['store.verify', 'command', 'done'],
      // As the backup has it: of before.
      ['store.backup', 'command', 'done'],
    ],
  );
  for (const { detail } of rows) assert.equal(detail['host'], os.hostname());
});

test('one file: made, checked, restored', async () => {
  const file = path.join(root, 'all.tar.zst');
  assert.equal((await run(backup, ['--quiet', file])).code, 0);
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('all')),
    ['all.tar.zst'],
  );
  assert.match(
    (await run(verify, ['--quiet', file])).out,
    /every file was compared with its sum\. All is well/,
  );
  const other = path.join(root, 'other');
  assert.equal((await run(restore, ['--quiet', file], other)).code, 0);
  assert.equal((await run(verify, ['--quiet'], other)).code, 0);
});

test('what is wrong is named, with exit code 1', async () => {
  const other = path.join(root, 'harmed');
  await run(restore, ['--quiet', path.join(root, 'backups')], other);
  rmSync(path.join(other, 'packs'), { recursive: true });
  const found = await run(verify, ['--quiet'], other);
  assert.equal(found.code, 1);
  assert.match(
    found.err,
    /^packs\/\S+ is missing or too short\.\nAttachment dump of report \S+ is gone\.\n$/,
  );
  const half = await run(backup, ['--quiet', path.join(root, 'of-harmed')], other);
  assert.equal(half.code, 1);
  assert.match(half.err, /is named by a report and is not there/);
});

test('wrong arguments and settings are said before anything is done', async () => {
  for (const [command, args] of [
    [backup, []],
    [backup, ['a', 'b']],
    [backup, ['--keep', '0', 'a']],
    [backup, ['ftp://example.org/x']],
    [restore, []],
    [verify, ['a', 'b']],
  ] as const)
    await assert.rejects(
      () => command.run(args, { out: () => 0, err: () => 0, env: {}, terminal: false }),
      UsageError,
    );
  const nowhere = await run(backup, [path.join(root, 'x')], path.join(root, 'nowhere'));
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /^There is no folder/);
  assert.equal((await run(verify, [path.join(root, 'nothing')])).code, 1);
  assert.equal(existsSync(path.join(root, 'x')), false);
});
