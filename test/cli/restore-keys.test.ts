// `mayday restore` of a backup that needs keys: they come along, or one sentence says which are missing before anything has changed.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/cli/arguments.ts';
import { command as backup } from '../../src/cli/commands/backup-command.ts';
import { command as keys } from '../../src/cli/commands/keys-command.ts';
import { command as restore } from '../../src/cli/commands/restore-command.ts';
import type { Command } from '../../src/cli/command.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { newKey } from '../../src/store/shared/secret-box.ts';
import { someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';

const COMMENT = 'words that nobody else reads';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Place {
  readonly root: string;
  readonly dir: string;
  readonly target: string;
  readonly crashId: string;
  readonly run: (command: Command, ...args: readonly string[]) => Promise<Ran>;
  readonly env: Record<string, string>;
  /** The comment of the report that was stored, by the keys of the configuration. */
  readonly comment: () => Promise<string | undefined>;
}

/** A store with a report and a webhook, whose data folder is `ROOT/data`. */
async function inPlace(
  work: (place: Place) => Promise<void>,
  { encrypt = true, command }: { readonly encrypt?: boolean; readonly command?: () => string } = {},
): Promise<void> {
  const root = await newFolder();
  const dir = path.join(root, 'data');
  const env: Record<string, string> = {
    ...{ CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent', SUBMIT_SERVER_PORT: '0', REPORTS_SERVER_PORT: '0' },
  };
  const options = {
    ...{ housekeeping: false, encrypt },
    ...(command === undefined ? {} : { secretKeys: command }),
  };
  try {
    const store = await openEmbeddedStore(storeOptions(dir, options));
    const { crashId } = await storeReport(store, { annotations: [{ key: 'comments', value: COMMENT }] }, [
      { name: 'dump', data: someBytes(90_000, 1) },
    ]);
    await store.notifications.saveWebhook({
      ...{
        account: 'default',
        product: null,
        url: 'https://hook.example',
        secret: 'of the hook',
        token: null,
      },
      ...{ format: 'mayday', notices: ['new'], enabled: true },
    });
    await store.close();
    await work({
      ...{ root, dir, target: path.join(root, 'backups'), crashId, env },
      async run(asked, ...args) {
        let [out, err] = ['', ''];
        const io = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
        try {
          return { code: await asked.run(args, { ...io, env, terminal: false }), out, err };
        } catch (error) {
          if (error instanceof UsageError) throw error;
          // As `cli/main.ts` does: one sentence, exit code 1.
          return { code: 1, out, err: `${err}${(error as Error).message}\n` };
        }
      },
      async comment() {
        const opened = await openEmbeddedStore(storeOptions(dir, options));
        try {
          return (await opened.reports.getReport(crashId))?.annotations[0]?.value;
        } finally {
          await opened.close();
        }
      },
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('a backup of an encrypted store', () => {
  test('is restored with the keys of the folder that was moved away', async () => {
    await inPlace(async ({ dir, target, run, comment }) => {
      await run(backup, '--quiet', target);
      renameSync(dir, `${dir}.old`);
      const { code, err } = await run(restore, '--quiet', target);
      assert.deepEqual([code, err], [0, '']);
      assert.deepEqual(readFileSync(path.join(dir, 'mayday.keys')), readFileSync(`${dir}.old/mayday.keys`));
      if (process.platform !== 'win32')
        assert.equal(statSync(path.join(dir, 'mayday.keys')).mode & 0o777, 0o600);
      assert.equal(await comment(), COMMENT);
    });
  });

  for (const kind of ['a folder', 'one file', 'a version that did not name keys'] as const) {
    test(`(${kind}) changes nothing where its keys are missing or others, and says so in one sentence`, async () => {
      await inPlace(async ({ root, dir, target, run, comment }) => {
        const from = kind === 'one file' ? `${target}.tar.zst` : target;
        await run(backup, '--quiet', from);
        if (kind === 'a version that did not name keys') {
          const manifest = path.join(
            target,
            namesIn(target).find((name) => /^\d{8}T/.test(name)) ?? '',
            'manifest.json',
          );
          const {
            keys: _keys,
            store: _store,
            ...before
          } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
          writeFileSync(manifest, JSON.stringify(before));
        }
        const right = path.join(root, 'right.keys');
        copyFileSync(path.join(dir, 'mayday.keys'), right);
        rmSync(dir, { recursive: true });
        const wrong = path.join(root, 'wrong.keys');
        writeFileSync(wrong, `${newKey().bytes.toString('base64')}\n`);
        const broken = path.join(root, 'broken.keys');
        writeFileSync(broken, 'no key at all\n');
        for (const [args, sentence] of [
          [
            [],
            /^The backup \S+ is encrypted under the key [0-9a-f]{8}, which is not in \S+data\.old\/mayday\.keys: name the file that has it with --keys FILE\. Nothing was restored\.\n$/,
          ],
          [
            ['--keys', wrong],
            /^The backup \S+ is encrypted under the key [0-9a-f]{8}, which is not in \S+wrong\.keys: /,
          ],
          [['--keys', broken], /^\S+broken\.keys has a line that is no key[^\n]*\n$/],
          [['--keys', path.join(root, 'nowhere')], /^There is no \S+nowhere\.\n$/],
          [['--keys', root], /^\S+ is no file of keys\.\n$/],
        ] as const) {
          const { code, out, err } = await run(restore, '--quiet', ...args, from);
          assert.deepEqual([code, out], [1, '']);
          assert.match(err.replaceAll('\\', '/'), sentence);
          assert.deepEqual(namesIn(dir), []);
        }
        const { code, err } = await run(restore, '--quiet', '--keys', right, from);
        assert.deepEqual([code, err], [0, '']);
        assert.equal(await comment(), COMMENT);
      });
    });
  }

  test('is restored with the keys of now after two changes of keys, and after one was forgotten it is not', async () => {
    await inPlace(async ({ root, dir, target, run, comment }) => {
      await run(backup, '--quiet', target);
      assert.equal((await run(keys, 'rotate')).code, 0);
      assert.equal((await run(keys, 'rotate', '--data')).code, 0);
      const now = path.join(root, 'now.keys');
      copyFileSync(path.join(dir, 'mayday.keys'), now);
      renameSync(dir, `${dir}.old`);
      assert.equal((await run(restore, '--quiet', '--keys', now, target)).code, 0);
      assert.equal(await comment(), COMMENT);
      const listed = await run(keys, 'list', '--json');
      const { keys: uses } = JSON.parse(listed.out) as {
        readonly keys: readonly { id: string; state: string }[];
      };
      // The backup's data key lies under the oldest.
      assert.deepEqual(
        uses.map(({ state }) => state),
        ['seals', 'retired', 'opens'],
      );
      rmSync(dir, { recursive: true });
      renameSync(`${dir}.old`, dir);
      assert.equal((await run(keys, 'forget', uses[2]?.id ?? '')).code, 0);
      renameSync(dir, `${dir}.old`);
      const refused = await run(restore, '--quiet', target);
      assert.equal(refused.code, 1);
      assert.match(refused.err, new RegExp(`under the key ${uses[2]?.id}, which is not in`));
    });
  });

  test('is restored with the keys of a command, which alone is asked', async () => {
    const line = newKey().bytes.toString('base64');
    await inPlace(
      async ({ root, dir, target, run, env, comment }) => {
        const printed = path.join(root, 'vault');
        env['SECRET_KEYS_COMMAND'] = `cat ${printed}`;
        writeFileSync(printed, line);
        assert.equal((await run(backup, '--quiet', target)).code, 0);
        rmSync(dir, { recursive: true });
        await assert.rejects(run(restore, '--keys', printed, target), UsageError);
        writeFileSync(printed, newKey().bytes.toString('base64'));
        const refused = await run(restore, '--quiet', target);
        assert.match(
          refused.err,
          /which is not in SECRET_KEYS_COMMAND: have it print that one, too\. Nothing was restored\.\n$/,
        );
        assert.deepEqual([refused.code, namesIn(dir)], [1, []]);
        writeFileSync(printed, line);
        assert.equal((await run(restore, '--quiet', target)).code, 0);
        assert.equal(existsSync(path.join(dir, 'mayday.keys')), false);
        assert.equal(await comment(), COMMENT);
      },
      { command: () => line },
    );
  });
});

describe('a backup of a store in clear', () => {
  test('says which keys of secrets are missing, and no other key takes their place', async () => {
    await inPlace(
      async ({ dir, target, run, comment }) => {
        await run(backup, '--quiet', target);
        renameSync(dir, `${dir}.lost`);
        mkdirSync(dir);
        const { code, err } = await run(restore, '--quiet', target);
        assert.equal(code, 0);
        assert.match(
          err,
          /^Secrets of webhooks, trackers or second factors do not open: their keys [0-9a-f]{8} are missing\. [^\n]*\n$/,
        );
        assert.equal(await comment(), COMMENT);
        assert.equal(existsSync(path.join(dir, 'mayday.keys')), false);
        copyFileSync(`${dir}.lost/mayday.keys`, path.join(dir, 'mayday.keys'));
        assert.equal((await run(keys, 'list')).code, 0);
      },
      { encrypt: false },
    );
  });
});
