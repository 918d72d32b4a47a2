// An export of before an erasure brings nothing back into the store that erased.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { storeReport } from '../store/conformance/report-builder.ts';
import { mayday, withStore, type ImportJson } from './moving-harness.ts';

test('what was erased stays out of the store, and comes into any other', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'mayday-import-erased-'));
  const [dir, folder] = [path.join(root, 'data'), path.join(root, 'export')];
  try {
    await withStore(dir, async (store) => {
      for (const user of ['gone', 'deleted', 'kept'])
        await storeReport(store, {
          annotations: [{ key: 'user_id', value: user }],
          installation: `of ${user}`,
        });
      for (const name of ['ada', 'bob']) {
        const words = {
          eventId: null,
          name,
          email: `${name}@example.org`,
          message: `words of ${name}`,
          url: '',
        };
        await store.intake.putFeedback('default', 'Piano', words, null);
      }
      for (const email of ['root@example.org', 'left@example.org'])
        await store.people.createUser({ email, name: '', isAdmin: true, passwordHash: 'x' });
    });
    assert.equal((await mayday(dir, 'export', folder, '--quiet')).code, 0);
    await withStore(dir, async (store) => {
      const { rows } = await store.reports.listReports({}, { limit: 10 });
      const deleted = rows.find(({ installation }) => installation === 'of deleted');
      await store.reports.deleteReport(deleted?.crashId ?? '');
      const left = await store.people.userByEmail('left@example.org');
      assert.equal(await store.people.eraseUser(left?.id ?? 0), 'erased');
    });
    for (const [option, value] of [
      ['--user', 'gone'],
      ['--mail', 'Ada@example.org'],
    ] as const)
      assert.equal((await mayday(dir, 'erase', option, value, '--yes')).code, 0);
    const take = async (into: string) => {
      const { code, out } = await mayday(into, 'import', folder, '--json', '--queue-only', '--people');
      const { refusals } = JSON.parse(out) as ImportJson;
      return [code, refusals.map(({ code: why, count }) => [why, count])];
    };
    assert.deepEqual(await take(dir), [3, [['erased', 4]]]);
    await withStore(dir, async (store) => {
      const { rows } = await store.reports.listReports({}, { limit: 10 });
      assert.deepEqual(
        rows.map(({ installation }) => installation),
        ['of kept'],
      );
      const words = await store.feedback.ofProduct('default', 'Piano', 10);
      assert.deepEqual(
        words.map(({ email }) => email),
        ['bob@example.org'],
      );
      assert.equal(await store.people.userByEmail('left@example.org'), null);
    });
    assert.deepEqual(await take(path.join(root, 'other')), [0, []]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
