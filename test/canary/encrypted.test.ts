// Everything that clients send over every protocol carries a token of its own, and an encrypted store holds none of those that are secret in clear:
// in no file, no table, no log of the database, and in no draft.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { NOTICES } from '../../src/store/notifications.ts';
import { Canaries } from './support/canaries.ts';
import { everythingIn } from './support/data-folder.ts';
import { postEverything } from './support/reports.ts';
import { startWholeServer } from './support/whole-server.ts';

const PRODUCT = 'Piano';
/** By which a program under test asks for its report. */
const TEST_TOKEN = `${PRODUCT}: CrashKit 1.0 test token`;
/** What lists sort and group by (docs/encryption.md): it may hold the beginning of a message, or a key that a client made. */
const CLEAR = new Set(['bugs', 'bug_keys', 'key_callers', 'report_crashes']);

/** Kinds of canaries, by where they stand in clear. */
async function foundIn(encrypt: boolean): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const server = await startWholeServer(['ProductName', 'Version'], { encrypt });
  try {
    const canaries = new Canaries();
    const { store, submitUrl } = server;
    await store.people.createProductByHand('default', PRODUCT);
    await store.notifications.saveWebhook({
      ...{ account: 'default', product: null, url: server.hooks.url, secret: 's', format: 'mayday' },
      ...{ notices: NOTICES, enabled: true },
    });
    const key = randomBytes(16).toString('hex');
    await store.clientKeys.addKey('default', PRODUCT, { key, label: 'test' });
    const dsnId = (await store.clientKeys.settings('default', PRODUCT))?.dsnId ?? 0;
    await postEverything({ submitUrl, product: PRODUCT, canaries, dsnId, key });
    await server.idle();
    await store.maintenance.prune();
    const found = new Map<string, Set<string>>();
    for (const [place, text] of everythingIn(server.dir)) {
      for (const { kind, name } of canaries.in(text)) {
        const at = `${kind} ${place}`;
        found.set(at, (found.get(at) ?? new Set()).add(name));
      }
    }
    return found;
  } finally {
    await server.stop();
  }
}

test('what is sent over every protocol is nowhere in clear, but for what names bugs', async () => {
  const clear = await foundIn(false);
  const count = (kind: string): number => {
    const found = new Set<string>();
    for (const [at, names] of clear) if (at.startsWith(`${kind} `)) for (const name of names) found.add(name);
    return found.size;
  };
  assert.ok(count('secret') > 20, `${count('secret')} secrets are found where nothing is encrypted`);
  assert.ok(count('message') > 3);
  const sealed = [...(await foundIn(true))].flatMap(([at, names]) => {
    const [kind, where, table = ''] = at.split(' ');
    // The file of the database holds what its tables do.
    const isNamed = kind === 'message' && (CLEAR.has(table) || where?.startsWith('mayday.db') === true);
    const secret = [...names].filter((name) => name !== TEST_TOKEN);
    return kind === 'open' || isNamed || secret.length === 0 ? [] : [`${at}: ${secret.join(', ')}`];
  });
  assert.deepEqual(sealed, []);
});
