// Everything of one person is exported: reports that name them, and what they said; counted first.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { storeReport } from '../store/conformance/report-builder.ts';
import { mayday, withStore } from './moving-harness.ts';

test('an export of an installation or a person has what people said about their reports, and nothing about others', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'mayday-export-words-'));
  const dir = path.join(root, 'data');
  try {
    await withStore(dir, async (store) => {
      for (const [at, installation] of ['here', 'there'].entries()) {
        const event = String(at + 1).repeat(32);
        const annotations = [{ key: 'user_id', value: installation }];
        await storeReport(store, { installation, annotations, identity: `default/Piano:event:${event}` });
        const words = {
          eventId: event,
          name: '',
          email: '',
          message: `words about ${installation}`,
          url: '',
        };
        await store.intake.putFeedback('default', 'Piano', words, `default/Piano:event:${event}`);
      }
    });
    for (const [at, options] of [
      ['--installation', 'here'],
      ['--user', 'here'],
    ].entries()) {
      const folder = path.join(root, `export-${at}`);
      const { code, err } = await mayday(dir, 'export', folder, '--quiet', ...options);
      assert.equal(code, 0, err);
      const text = readdirSync(folder)
        .filter((name) => name.startsWith('feedback-'))
        .map((name) => readFileSync(path.join(folder, name), 'utf8'))
        .join('');
      const words = text.split('\n').filter((line) => line !== '');
      assert.equal(words.length, 1, options.join(' '));
      assert.match(words[0] ?? '', /words about here/);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('an export of a person has what an erasure of the same would take, and says in words what is what', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'mayday-export-person-'));
  const dir = path.join(root, 'data');
  try {
    const ids: string[] = [];
    await withStore(dir, async (store) => {
      for (const user of ['ada', 'bob', 'ada']) {
        const annotations = [
          { key: 'user_id', value: user },
          { key: 'contact', value: `${user}@example.org` },
        ];
        const receivedAt = Date.UTC(2026, 0, 1 + ids.length);
        ids.push(
          (await storeReport(store, { annotations, receivedAt }, [{ name: 'log', data: Buffer.from(user) }]))
            .crashId,
        );
      }
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
    });
    await withStore(dir, async (store) => {
      await store.people.createProductByHand('default', 'Elsewhere');
      for (const name of ['Piano', 'Elsewhere']) {
        await store.people.updateProduct('default', name, { uploadKey: `upload-key-of-${name}` });
        await store.clientKeys.addKey('default', name, {
          key: createHash('md5').update(name).digest('hex'),
          label: '',
        });
      }
    });
    const mailHash = createHash('sha256').update('ada@example.org').digest('hex');
    const ways: readonly (readonly [options: readonly string[], reports: number, words: number])[] = [
      [['--user', 'ada'], 2, 0],
      [['--mail', 'Ada@Example.org'], 2, 1],
      [['--mail-hash', mailHash], 2, 1],
      [['--mail', 'ada@example.org', '--older-than', '2026-01-02'], 1, 0],
      [['--user', 'nobody'], 0, 0],
    ];
    for (const [at, [options, reports, words]] of ways.entries()) {
      const counted = await mayday(dir, 'export', '--count', '--json', ...options);
      assert.deepEqual(JSON.parse(counted.out), { reports }, options.join(' '));
      const folder = path.join(root, `export-${at}`);
      assert.equal((await mayday(dir, 'export', folder, '--quiet', ...options)).code, 0);
      const text = readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => readFileSync(path.join(folder, name), 'utf8'))
        .join('');
      const has = (kind: string): number => text.split(`{"record":"${kind}"`).length - 1;
      assert.deepEqual([has('report'), has('feedback'), has('person'), has('bug')], [reports, words, 0, 0]);
      assert.ok(!text.includes(ids[1] ?? '') && !text.includes('words of bob'));
      // Of products those alone of which something was found, and no key of any.
      assert.deepEqual([has('account'), has('product')], reports > 0 ? [1, 1] : [0, 0], options.join(' '));
      assert.ok(!text.includes('Elsewhere') && !text.includes('upload-key-of'));
      assert.ok(!text.includes(createHash('md5').update('Piano').digest('hex')));
      assert.match(readFileSync(path.join(folder, 'README.txt'), 'utf8'), /each is named by its SHA-256/);
    }
    assert.match(
      (await mayday(dir, 'export', '--count', '--user', 'ada')).out,
      /^2 reports would be written/,
    );
    assert.equal((await mayday(dir, 'export', '--user', 'ada')).code, 2);
    assert.equal((await mayday(dir, 'export', '--count', '--user', 'ada', '--installation', 'x')).code, 2);
    assert.equal((await mayday(dir, 'export', '--count', '--search', 'a', '--query', 'b')).code, 2);
    assert.equal((await mayday(dir, 'export', '--count', '--mail-hash', 'x')).code, 2);
    assert.equal(existsSync(path.join(root, 'export-9')), false);
    await withStore(dir, async (store) => {
      const { rows } = await store.audit.list({ what: 'export' }, { limit: 9 });
      assert.equal(rows.length, ways.length);
      assert.ok(!/"ada|Ada@|nobody/.test(JSON.stringify(rows.map(({ detail }) => detail))));
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
