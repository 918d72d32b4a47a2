// Secrets of webhooks and trackers on disk: sealed, under keys that lie apart and can change.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { createLog } from '../../../src/base/log.ts';
import { newKey, openSealed, parseKeys, seal, SecretsLocked } from '../../../src/store/shared/secret-box.ts';
import { nodeFiles } from '../../../src/store/embedded/disk/files.ts';
import { makeBackup } from '../../../src/store/embedded/backup/make-backup.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { forgetKeys, keyUses, rotateKeys } from '../../../src/store/embedded/secrets/rotate-keys.ts';
import type { EmbeddedOptions } from '../../../src/store/embedded/options.ts';
import type { Store } from '../../../src/store/store.ts';
import type { TrackerSettings } from '../../../src/store/tickets.ts';
import { newFolder, storeOptions } from './open-store.ts';

const HOOK = 'the-secret-of-the-webhook';
const ROOM = 'the-token-of-the-room';
const TRACKER = 'the-token-of-the-tracker';
const JAMI = { account: 'default', product: 'Jami' };

async function fill(store: Store): Promise<void> {
  await store.notifications.saveWebhook({
    ...{ account: 'default', product: null, url: 'https://hook.example', secret: HOOK, token: ROOM },
    ...{ format: 'mayday', notices: ['new'], enabled: true },
  });
  await store.people.createProductByHand('default', 'Jami');
  await store.tickets.saveTracker(JAMI, SETTINGS, TRACKER);
}

const SETTINGS: TrackerSettings = {
  ...{
    kind: 'github',
    url: 'https://github.com/a/b',
    api: null,
    project: null,
    component: null,
    version: null,
  },
  ...{
    issueType: null,
    labels: [],
    signatureField: null,
    user: null,
    form: null,
    comments: true,
    closes: true,
  },
  closeTransition: null,
};

async function read(store: Store): Promise<readonly (string | null | undefined)[]> {
  const [hook] = await store.notifications.listWebhooks();
  return [hook?.secret, hook?.token, (await store.tickets.tracker(JAMI))?.token];
}

/** Names of the files of a folder that hold a text, below folders too. */
function holding(dir: string, text: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

async function inFolder(
  work: (dir: string, open: (options?: Partial<EmbeddedOptions>) => Promise<Store>) => Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  const opened: Store[] = [];
  try {
    await work(dir, async (options) => {
      const store = await openEmbeddedStore(storeOptions(dir, options));
      opened.push(store);
      return store;
    });
  } finally {
    await Promise.all(opened.map((store) => store.close()));
    await rm(dir, { recursive: true, force: true });
  }
}

describe('a secret box', () => {
  const [old, fresh] = [newKey(), newKey()];

  test('opens what it sealed, in its place, with any key that it knows', () => {
    const sealed = seal([old], 'word ünïcödé', 'webhook');
    assert.equal(openSealed([fresh, old], sealed, 'webhook'), 'word ünïcödé');
    assert.notEqual(seal([old], 'word', 'webhook'), seal([old], 'word', 'webhook'));
    assert.throws(() => openSealed([old], sealed, 'tracker token'), SecretsLocked);
    assert.throws(() => openSealed([fresh], sealed, 'webhook'), new RegExp(`The key ${old.id} is not`));
  });

  test('opens nothing that was changed', () => {
    const sealed = seal([old], 'word', 'webhook');
    for (const at of [-1, -20, -30]) {
      const letter = sealed.at(at) === 'A' ? 'B' : 'A';
      const index = sealed.length + at;
      const changed = `${sealed.slice(0, index)}${letter}${sealed.slice(index + 1)}`;
      if (Buffer.from(changed, 'base64url').equals(Buffer.from(sealed, 'base64url'))) continue;
      assert.throws(() => openSealed([old], changed, 'webhook'), SecretsLocked);
    }
  });

  test('takes keys from text, and says what is no key', () => {
    const line = old.bytes.toString('base64');
    assert.deepEqual(parseKeys(`# words\n\n${line}\n`, 'file'), [old]);
    for (const wrong of ['', '# words', 'short', `${line}x`, line.slice(0, -2)])
      assert.throws(() => parseKeys(wrong, 'mayday.keys'), /^SecretsLocked: mayday\.keys has/);
    // More than are kept: leaving some out could lose what they sealed.
    const many = Array.from({ length: 101 }, () => newKey().bytes.toString('base64')).join('\n');
    assert.throws(() => parseKeys(many, 'mayday.keys'), /has more than 100 keys/);
  });
});

describe('secrets of a store', () => {
  test('are nowhere in its folder in clear, and come back after a start', async () => {
    await inFolder(async (dir, open) => {
      const store = await open();
      await fill(store);
      assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
      for (const secret of [HOOK, ROOM, TRACKER]) assert.deepEqual(holding(dir, secret), []);
      await store.close();
      assert.deepEqual(await read(await open()), [HOOK, ROOM, TRACKER]);
      if (process.platform !== 'win32') {
        assert.equal(statSync(path.join(dir, 'mayday.keys')).mode & 0o777, 0o600);
      }
    });
  });

  test('that an earlier version left in clear are sealed at the start, and overwritten', async () => {
    await inFolder(async (dir, open) => {
      const store = await open();
      await fill(store);
      await store.close();
      const connection = new Database(path.join(dir, 'mayday.db'));
      connection.prepare('UPDATE webhooks SET secret = ?, token = ?').run(HOOK, ROOM);
      connection.prepare('UPDATE trackers SET token = ?').run(TRACKER);
      connection.close();
      assert.deepEqual(holding(dir, HOOK), [path.join(dir, 'mayday.db')]);
      const again = await open();
      for (const secret of [HOOK, ROOM, TRACKER]) assert.deepEqual(holding(dir, secret), []);
      assert.deepEqual(await read(again), [HOOK, ROOM, TRACKER]);
    });
  });

  test('stay as they are while their key is missing, and open again with it', async () => {
    await inFolder(async (dir, open) => {
      const first = await open();
      await fill(first);
      await first.close();
      const file = path.join(dir, 'mayday.keys');
      const kept = readFileSync(file, 'utf8');
      await rm(file);
      let later = 0;
      const store = await open({ now: () => Date.now() + later });
      const [secret, , token] = await read(store);
      assert.match(secret ?? '', /^sealed:1:/);
      assert.equal(token, null);
      // A change of what is not secret loses nothing.
      const [hook] = await store.notifications.listWebhooks();
      assert.ok(hook !== undefined);
      await store.notifications.saveWebhook({ ...hook, enabled: false });
      await store.tickets.saveTracker(JAMI, { ...SETTINGS, comments: false });
      const uses = keyUses({ layout: layoutOf(dir) });
      assert.deepEqual(
        uses.map(({ state, secrets }) => [state, secrets]),
        [['missing', 3]],
      );
      // Where the right one belongs no other is made.
      assert.equal(existsSync(file), false);
      writeFileSync(file, kept);
      later = 31_000;
      assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
    });
  });

  test('are in backups, their keys are not', async () => {
    await inFolder(async (dir, open) => {
      await fill(await open());
      const target = await newFolder();
      try {
        const quiet = {
          keep: null,
          link: false,
          full: false,
          progress: () => undefined,
          version: '1',
          now: Date.now,
        };
        await makeBackup({ files: nodeFiles, dir, target, ...quiet });
        const names = readdirSync(target, { recursive: true }).map(String);
        assert.ok(names.some((name) => name.endsWith('mayday.db')));
        assert.deepEqual(
          names.filter((name) => name.includes('keys')),
          [],
        );
        const [key = ''] = readFileSync(path.join(dir, 'mayday.keys'), 'utf8').split('\n').slice(1);
        assert.ok(key.length === 44);
        for (const text of [HOOK, key]) assert.deepEqual(holding(target, text), []);
      } finally {
        await rm(target, { recursive: true, force: true });
      }
    });
  });

  test('stay as they are where keys cannot be had, which is asked for and logged once in half a minute', async (context) => {
    await inFolder(async (_dir, open) => {
      const key = newKey().bytes.toString('base64');
      let [later, asked, fails] = [0, 0, false];
      const log = createLog('silent');
      const told = context.mock.method(log, 'error');
      const options: Partial<EmbeddedOptions> = {
        now: () => Date.now() + later,
        log,
        secretKeys() {
          asked += 1;
          if (fails) throw new Error('the vault is shut');
          return key;
        },
      };
      const first = await open(options);
      await fill(first);
      await first.close();
      fails = true;
      const store = await open(options);
      asked = 0;
      told.mock.resetCalls();
      for (let time = 0; time < 3; time += 1) {
        const [secret, token, tracker] = await read(store);
        assert.match(`${secret} ${token}`, /^sealed:1:\S+ sealed:1:/);
        assert.equal(tracker, null);
      }
      // Nothing is stored in clear meanwhile.
      await assert.rejects(store.tickets.saveTracker(JAMI, SETTINGS, 'another'), /the vault is shut/);
      assert.deepEqual([asked, told.mock.callCount()], [1, 1]);
      fails = false;
      later = 31_000;
      assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
      assert.equal(asked, 2);
    });
  });

  test('that come from a command are sealed with its first key, and no file is made', async () => {
    const dir = await newFolder();
    const keys = [newKey()];
    const command = () => keys.map(({ bytes }) => bytes.toString('base64')).join('\n');
    const store = await openEmbeddedStore(storeOptions(dir, { secretKeys: command }));
    try {
      await fill(store);
      assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
      assert.ok(!readdirSync(dir).includes('mayday.keys'));
      keys.unshift(newKey());
      const { sealed, uses } = rotateKeys({ layout: layoutOf(dir), command });
      assert.equal(sealed, 3);
      assert.deepEqual(
        uses.map(({ id, secrets }) => [id, secrets]),
        keys.map(({ id }, index) => [id, index === 0 ? 3 : 0]),
      );
      assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describe('a change of keys', () => {
  const states = (dir: string) => keyUses({ layout: layoutOf(dir) }).map(({ secrets }) => secrets);

  test('seals everything anew beside a server that runs, and keeps the keys before as retired', async () => {
    await inFolder(async (dir, open) => {
      const store = await open();
      await fill(store);
      for (const round of [1, 2, 3]) {
        assert.equal(rotateKeys({ layout: layoutOf(dir) }).sealed, 3, `round ${round}`);
        assert.deepEqual(states(dir), [3, ...Array.from({ length: round }, () => 0)]);
        assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
      }
      // What the server seals from now on is sealed with the newest key.
      await store.tickets.saveTracker(JAMI, SETTINGS, 'another');
      assert.deepEqual(states(dir), [3, 0, 0, 0]);
      const uses = keyUses({ layout: layoutOf(dir) });
      assert.deepEqual(
        uses.map(({ state, retiredAt }) => [state, retiredAt !== null]),
        [['seals', false], ...Array.from({ length: 3 }, () => ['retired', true])],
      );
    });
  });

  test('forgets a retired key when somebody says so, and no other', async () => {
    await inFolder(async (dir, open) => {
      const store = await open();
      await fill(store);
      const source = { layout: layoutOf(dir) };
      rotateKeys(source);
      rotateKeys(source);
      const [front, middle, last] = keyUses(source).map(({ id }) => id);
      assert.ok(front !== undefined && middle !== undefined && last !== undefined);
      const before = readFileSync(path.join(dir, 'mayday.keys'), 'utf8');
      assert.throws(() => forgetKeys(source, [front]), /^Error: The key [0-9a-f]{8} seals, so it stays/);
      assert.throws(() => forgetKeys(source, [last, '12345678']), /There is no key 12345678 in /);
      assert.throws(
        () => forgetKeys({ ...source, command: () => before }, [last]),
        /come from SECRET_KEYS_COMMAND/,
      );
      assert.equal(readFileSync(path.join(dir, 'mayday.keys'), 'utf8'), before);
      assert.deepEqual(
        forgetKeys(source, [middle]).map(({ id, state }) => [id, state]),
        [
          [front, 'seals'],
          [last, 'retired'],
        ],
      );
      assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
    });
  });

  test('makes no file where that of an encrypted store is missing', async () => {
    await inFolder(async (dir, open) => {
      await fill(await open({ encrypt: true }));
      const file = path.join(dir, 'mayday.keys');
      await rm(file);
      for (const data of [false, true])
        assert.throws(
          () => rotateKeys({ layout: layoutOf(dir) }, undefined, { data }),
          /is missing: put the file/,
        );
      assert.equal(existsSync(file), false);
      writeFileSync(file, `${newKey().bytes.toString('base64')}\n`);
      assert.throws(() => rotateKeys({ layout: layoutOf(dir) }), /do not open with the keys of/);
    });
  });

  test('that meets another one loses no key', async () => {
    await inFolder(async (dir, open) => {
      const store = await open();
      await fill(store);
      rotateKeys({ layout: layoutOf(dir) }, (done) => {
        if (done === 'key') {
          // From before the keys are read until all is sealed nobody else writes.
          const other = new Database(path.join(dir, 'mayday.db'), { timeout: 0 });
          assert.throws(() => other.exec('BEGIN IMMEDIATE'), /database is locked/);
          other.close();
        }
        if (done === 'sealed') rotateKeys({ layout: layoutOf(dir) });
      });
      assert.deepEqual(states(dir), [3, 0, 0]);
      await store.close();
      assert.deepEqual(await read(await open()), [HOOK, ROOM, TRACKER]);
    });
  });

  test('that fails, however often, loses no key and piles none up', async () => {
    await inFolder(async (dir, open) => {
      const store = await open();
      await fill(store);
      for (let time = 0; time < 25; time += 1) {
        assert.throws(
          () =>
            rotateKeys({ layout: layoutOf(dir) }, () => {
              throw new Error('the disk is full');
            }),
          /the disk is full/,
        );
      }
      assert.deepEqual(states(dir), [0, 3]);
      await store.close();
      const again = await open();
      assert.deepEqual(await read(again), [HOOK, ROOM, TRACKER]);
      assert.equal(rotateKeys({ layout: layoutOf(dir) }).sealed, 3);
      assert.deepEqual(await read(again), [HOOK, ROOM, TRACKER]);
    });
  });

  test('leaves a secret that does not open, says which one, and seals the others', async () => {
    await inFolder(async (dir, open) => {
      const store = await open();
      await fill(store);
      const connection = new Database(path.join(dir, 'mayday.db'));
      // Of another place.
      connection.exec('UPDATE trackers SET token = (SELECT secret FROM webhooks)');
      connection.close();
      const { sealed, unopened } = rotateKeys({ layout: layoutOf(dir) });
      assert.deepEqual([sealed, unopened], [2, ['tracker token 1']]);
      assert.deepEqual(states(dir), [2, 1]);
      assert.deepEqual(await read(store), [HOOK, ROOM, null]);
    });
  });

  const posix = process.platform === 'win32' ? 'Windows has no such rights' : false;
  test('leaves the rights of the file as they are', { skip: posix }, async () => {
    await inFolder(async (dir, open) => {
      await fill(await open());
      const file = path.join(dir, 'mayday.keys');
      chmodSync(file, 0o640);
      rotateKeys({ layout: layoutOf(dir) });
      assert.equal(statSync(file).mode & 0o777, 0o640);
    });
  });

  const root = process.getuid?.() === 0 ? false : 'only root gives files to others';
  test('by root leaves a file that the server can read', { skip: root }, async () => {
    await inFolder(async (dir, open) => {
      await fill(await open());
      const file = path.join(dir, 'mayday.keys');
      const owner = () => [statSync(file).uid, statSync(file).mode & 0o777];
      chownSync(file, 4711, 4711);
      rotateKeys({ layout: layoutOf(dir) });
      assert.deepEqual(owner(), [4711, 0o600]);
      // Where there is none yet, it is the owner's of the database.
      await rm(file);
      chownSync(path.join(dir, 'mayday.db'), 4712, 4712);
      rotateKeys({ layout: layoutOf(dir) });
      assert.deepEqual(owner(), [4712, 0o600]);
    });
  });

  test('is what makes a file of keys, not a look at them', async () => {
    await inFolder(async (dir, open) => {
      await fill(await open());
      const file = path.join(dir, 'mayday.keys');
      await rm(file);
      assert.deepEqual(
        keyUses({ layout: layoutOf(dir) }).map(({ state, secrets }) => [state, secrets]),
        [['missing', 3]],
      );
      assert.equal(existsSync(file), false);
    });
  });

  for (const step of ['key', 'sealed']) {
    test(`that is killed after the step "${step}" loses nothing, and the next one ends it`, async () => {
      await inFolder(async (dir, open) => {
        const store = await open();
        await fill(store);
        const died = spawnSync(process.execPath, [
          path.join(import.meta.dirname, 'rotate-killed.ts'),
          dir,
          step,
        ]);
        assert.equal(died.signal, 'SIGKILL', String(died.stderr));
        assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
        assert.deepEqual(states(dir), step === 'key' ? [0, 3] : [3, 0]);
        assert.equal(rotateKeys({ layout: layoutOf(dir) }).sealed, 3);
        assert.deepEqual(await read(store), [HOOK, ROOM, TRACKER]);
        await store.close();
        assert.deepEqual(await read(await open()), [HOOK, ROOM, TRACKER]);
        assert.equal(readdirSync(dir).filter((name) => name.startsWith('mayday.keys')).length, 1);
      });
    });
  }
});
