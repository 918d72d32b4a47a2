// An export taken in by another store: everything that it promises to carry is there, once.
import assert from 'node:assert/strict';
import {
  appendFile,
  cp,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { teamRecords } from '../../src/moving/export/export-settings.ts';
import { occurrence } from '../process/report-of.ts';
import { NOON, someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { mayday, processAll, reportsOf, withStore, type ImportJson } from './moving-harness.ts';
import { addUser } from '../store/conformance/add-user.ts';

let root = '';
const dirOf = (name: string): string => path.join(root, name);

async function bugOf(dir: string) {
  return withStore(dir, async (store) => {
    const { rows } = await store.bugs.listBugs({ product: 'Piano' }, { limit: 10 });
    const [row] = rows;
    assert.equal(rows.length, 1);
    assert.ok(row);
    const bug = await store.bugs.getBug(row.id);
    return { bug, events: (await store.bugs.eventsOf(row.id, 100)).filter(({ what }) => what !== 'created') };
  });
}

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mayday-moving-'));
  await withStore(dirOf('old'), async (store) => {
    await store.accounts.create('band');
    await store.people.createProductByHand('band', 'Organ');
    for (const index of [0, 1, 2]) {
      await storeReport(
        store,
        {
          protocol: 'crashkit',
          payloadKind: 'json',
          receivedAt: NOON + index * 1000,
          identity: `default/Piano:${index}`,
          installation: index === 0 ? 'one' : 'two',
          annotations: [{ key: 'Größe', value: `${index}\n\u0000"` }],
          notes: ['An odd thing.'],
        },
        [
          { name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify([occurrence()])) },
          { name: 'core', kind: 'file', filename: '../core "x"', data: someBytes(700_000, index) },
          { name: 'same', kind: 'file', data: someBytes(5000) },
        ],
      );
    }
    await storeReport(store, { account: 'band', product: 'Organ', state: 'deferred', receivedAt: NOON - 5 });
    await store.people.updateProduct('default', 'Piano', { keepDays: 4000, publicAnnotations: ['Größe'] });
    await store.bugs.setProductRules('default', 'Piano', {
      ...(await store.bugs.productRules('default', 'Piano')),
      reopenMode: 'at_once',
    });
    const ada = await addUser(store, {
      email: 'ada@example.org',
      name: 'Ada',
      role: 'triage',
      seesProtected: true,
      passwordHash:
        '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g',
    });
    await store.accounts.createTeam('band', 'Tuners');
    const [tuners] = await store.accounts.teams('band');
    assert.ok(tuners && ada);
    await store.accounts.setInTeam('band', tuners.id, ada.id, true);
    const right = { account: 'band', product: 'Organ', seesProtected: false, seesDumps: false } as const;
    await store.accounts.grant({ ...right, role: 'admin', to: { kind: 'team', id: tuners.id } });
    await store.accounts.grant({ ...right, product: null, role: 'read', to: { kind: 'everybody' } });
    await store.accounts.create('gone');
    await store.accounts.close('gone');
    await store.search.saveSearch({
      owner: 'ada@example.org',
      name: 'mine',
      page: 'search',
      query: 'q=version:1',
      shared: true,
      changedAt: NOON,
    });
    await store.alerts.createRule({
      name: 'many',
      account: 'default',
      product: 'Piano',
      condition: { kind: 'crashes', atLeast: 5, minutes: 60 },
      search: '',
      bugId: null,
      everyMinutes: 60,
      tellsEnd: false,
      quiet: null,
      targets: [{ kind: 'mail', userId: ada?.id ?? 0 }],
      enabled: true,
      mutedUntil: null,
      ownerId: ada?.id ?? null,
      isProtected: false,
    });
    await store.releases.note(
      { account: 'default', product: 'Piano' },
      { version: '1.0', releasedAt: NOON, url: null, ref: 'main', commits: [] },
    );
  });
  await processAll(dirOf('old'));
  await withStore(dirOf('old'), async (store) => {
    const [row] = (await store.bugs.listBugs({ product: 'Piano' }, { limit: 1 })).rows;
    assert.ok(row);
    await store.bugs.commentBug(row.id, 'Ada', 'It is the cart.');
    await store.bugs.assignBug(row.id, 'Ada', 'Grace');
    await store.bugs.setTicket(row.id, 'Ada', 'https://tickets.example/1');
    await store.bugs.closeBug(row.id, 'Grace', { inVersion: '1.1' });
  });
});
after(() => rm(root, { recursive: true, force: true }));

describe('mayday export and mayday import', () => {
  test('carry everything into an empty store, and nothing twice', async () => {
    const target = dirOf('export');
    const written = await mayday(
      dirOf('old'),
      'export',
      target,
      '--quiet',
      '--processed',
      '--password-hashes',
    );
    assert.equal(written.err, '');
    assert.equal(written.code, 0);
    const first = await mayday(dirOf('new'), 'import', target, '--people', '--json');
    assert.equal(first.err, '');
    assert.equal(first.code, 0, first.out);
    assert.deepEqual(await reportsOf(dirOf('new')), await reportsOf(dirOf('old')));
    const [old, moved] = [await bugOf(dirOf('old')), await bugOf(dirOf('new'))];
    assert.deepEqual(moved.events, old.events);
    for (const field of [
      'title',
      'key',
      'state',
      'assignee',
      'ticket',
      'closedInVersion',
      'closedAt',
      'count',
    ] as const)
      assert.deepEqual(moved.bug?.[field], old.bug?.[field], field);
    await withStore(dirOf('new'), async (store) => {
      const product = await store.people.getProduct('default', 'Piano');
      assert.equal(product?.keepDays, 4000);
      assert.deepEqual(product?.publicAnnotations, ['Größe']);
      assert.equal((await store.bugs.productRules('default', 'Piano')).reopenMode, 'at_once');
      const keys = await withStore(dirOf('old'), (before) => before.clientKeys.settings('default', 'Piano'));
      const moved = await store.clientKeys.settings('default', 'Piano');
      assert.ok(keys?.keys.every(({ key }) => moved?.keys.some((one) => one.key === key)));
      const ada = await store.people.userByEmail('ada@example.org');
      const rights = await store.accounts.rightsOf(ada?.id ?? 0);
      assert.deepEqual(rights.of({ account: 'band', product: 'Organ' }), {
        ...{ role: 'admin', seesProtected: true, seesDumps: true },
      });
      const [tuners] = await store.accounts.teams('band');
      assert.deepEqual([tuners?.name, tuners?.members], ['Tuners', [ada?.id]]);
      const grants = (await store.accounts.grants('band')).map(
        ({ product, role, to }) => `${to.kind} ${role} ${product ?? 'all'}`,
      );
      assert.deepEqual(grants.toSorted(), ['everybody read all', 'team admin Organ', 'user triage all']);
      const gone = (await store.accounts.list()).find(({ name }) => name === 'gone');
      assert.equal(typeof gone?.closedAt, 'number');
      assert.equal((await store.search.savedSearches('ada@example.org'))[0]?.name, 'mine');
      assert.equal((await store.alerts.listRules())[0]?.targets.length, 1);
      assert.equal(
        (await store.releases.get({ account: 'default', product: 'Piano' }, '1.0'))?.made?.ref,
        'main',
      );
      const organ = (await store.reports.listReports({ product: 'Organ' }, { limit: 5 })).rows;
      assert.equal(organ[0]?.state, 'deferred');
    });
    const second = await mayday(dirOf('new'), 'import', target, '--people', '--json');
    assert.equal(second.code, 0);
    const { kinds } = JSON.parse(second.out) as ImportJson;
    assert.deepEqual(
      Object.entries(kinds).filter(([, { taken }]) => taken > 0),
      [],
    );
    assert.deepEqual(await reportsOf(dirOf('new')), await reportsOf(dirOf('old')));
    assert.deepEqual((await bugOf(dirOf('new'))).events, old.events);
  });

  test('a bug that somebody has touched here keeps its state, and gets the lines of its history', async () => {
    await mayday(dirOf('touched'), 'import', dirOf('export'), '--queue-only', '--quiet');
    await processAll(dirOf('touched'));
    await mayday(dirOf('touched'), 'import', dirOf('export'), '--quiet');
    await withStore(dirOf('touched'), async (store) => {
      const [row] = (await store.bugs.listBugs({ product: 'Piano' }, { limit: 1 })).rows;
      await store.bugs.reopenBug(row?.id ?? 0, 'Here');
    });
    const again = await mayday(dirOf('touched'), 'import', dirOf('export'), '--json');
    assert.equal(again.code, 0);
    const { bug, events } = await bugOf(dirOf('touched'));
    assert.equal(bug?.state, 'open');
    assert.equal(events.filter(({ what }) => what === 'comment').length, 1);
  });

  test('reports that came by another way, too, are known, and their bugs get what people did with them', async () => {
    const other = dirOf('other way');
    await withStore(other, async (store) => {
      for (const index of [0, 1, 2]) {
        await storeReport(
          store,
          { protocol: 'crashkit', payloadKind: 'json', receivedAt: NOON, identity: `default/Piano:${index}` },
          [{ name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify([occurrence()])) }],
        );
      }
    });
    await processAll(other);
    const { out } = await mayday(other, 'import', dirOf('export'), '--json');
    const { kinds } = JSON.parse(out) as ImportJson;
    assert.equal(kinds['report']?.present, 3);
    assert.equal(kinds['bug']?.taken, 1);
    const { bug, events } = await bugOf(other);
    assert.equal(bug?.state, 'closed');
    assert.equal(events.filter(({ what }) => what === 'comment').length, 1);
  });

  test('people come only when they are asked for, and never with a password that is not theirs', async () => {
    await mayday(dirOf('old'), 'export', dirOf('plain'), '--quiet', '--no-symbols');
    const text = await readFile(path.join(dirOf('plain'), 'person-000001.jsonl'), 'utf8');
    assert.ok(!text.includes('argon2'));
    await mayday(dirOf('peopleless'), 'import', dirOf('plain'), '--quiet', '--queue-only');
    await withStore(dirOf('peopleless'), async (store) => {
      assert.equal(await store.people.userCount(), 0);
      assert.deepEqual(await store.accounts.teams('band'), []);
    });
  });

  test('filters choose reports, and then nothing is told of people', async () => {
    const target = dirOf('one');
    const { code } = await mayday(dirOf('old'), 'export', target, '--installation', 'one', '--quiet');
    assert.equal(code, 0);
    const lines = (await readFile(path.join(target, 'report-000001.jsonl'), 'utf8')).trim().split('\n');
    assert.equal(lines.length, 1);
    const names = (await readdir(target)).map((name) => name.split('-')[0]);
    assert.deepEqual(
      new Set(names),
      new Set(['account', 'product', 'report', 'mayday', 'blobs', 'README.txt']),
    );
    const found = await mayday(dirOf('old'), 'export', dirOf('found'), '--query', 'version:1.0', '--json');
    assert.equal((JSON.parse(found.out) as { records: { report: number } }).records.report, 3);
    const organ = await mayday(dirOf('old'), 'export', dirOf('organ'), '--account', 'band', '--json');
    assert.equal((JSON.parse(organ.out) as { records: { report: number } }).records.report, 1);
  });

  test('people whom groups of a provider put into a team come back by their next sign-in, not by hand for ever', async () => {
    await withStore(dirOf('groups'), async (store) => {
      const [ada, eve] = [
        await addUser(store, { email: 'ada@example.org', name: 'Ada', role: 'read', passwordHash: '' }),
        await addUser(store, { email: 'eve@example.org', name: 'Eve', role: 'read', passwordHash: '' }),
      ];
      await store.accounts.createTeam('default', 'Tuners');
      const [tuners] = await store.accounts.teams('default');
      await store.accounts.setInTeam('default', tuners?.id ?? 0, ada.id, true);
      const said = { account: 'default', provider: 'corp', teams: ['Tuners'] };
      assert.deepEqual((await store.accounts.followGroups({ ...said, userId: eve.id })).joined, ['Tuners']);
      const members: unknown[] = [];
      for await (const record of teamRecords(store)) members.push(Reflect.get(record, 'members'));
      assert.deepEqual(members, [['ada@example.org']]);
    });
  });

  test('a finished export is not written over, nor anything else that is there', async () => {
    const again = await mayday(dirOf('old'), 'export', dirOf('export'), '--quiet');
    assert.equal(again.code, 1);
    assert.match(again.err, /finished/);
    const other = await mayday(dirOf('old'), 'export', dirOf('old'), '--quiet');
    assert.equal(other.code, 1);
    assert.match(other.err, /is not empty, and holds no export/);
  });

  test('--dry-run says what would come, and stores nothing', async () => {
    const { code, out } = await mayday(dirOf('dry'), 'import', dirOf('export'), '--dry-run', '--json');
    assert.equal(code, 0);
    const { kinds } = JSON.parse(out) as ImportJson;
    assert.equal(kinds['report']?.taken, 4);
    assert.deepEqual(await reportsOf(dirOf('dry')), []);
  });
});

describe('an export that is not what it says', () => {
  /** Each changes a copy; what the import then says. */
  const cases: readonly (readonly [string, (dir: string) => Promise<void>, RegExp])[] = [
    ['is cut short in the middle', (dir) => unfinish(dir), /cut short/],
    ['lacks a part', (dir) => rm(path.join(dir, 'report-000001.jsonl')), /report-000001\.jsonl is not there/],
    ['has a shorter part', (dir) => truncate(path.join(dir, 'report-000001.jsonl'), 10), /10 bytes and not/],
    ['has a longer part', (dir) => appendFile(path.join(dir, 'bug-000001.jsonl'), '{}\n'), /bytes and not/],
    ['has a manifest that is no JSON', (dir) => writeFile(manifestOf(dir), '{'), /it is no JSON/],
    [
      'is of a later version',
      (dir) => changeManifest(dir, (text) => text.replace(/"version": \d+/, '"version": 99')),
      /take a newer one/,
    ],
    [
      'is of another program',
      (dir) => changeManifest(dir, (text) => text.replace('mayday-export', 'other')),
      /no manifest of an export/,
    ],
    [
      'names a part outside of the folder',
      (dir) => changeManifest(dir, (text) => text.replace('report-000001.jsonl', '../report-000001.jsonl')),
      /no name of a part/,
    ],
    [
      'has a link for a part',
      async (dir) => {
        const part = path.join(dir, 'report-000001.jsonl');
        await cp(part, path.join(root, 'elsewhere.jsonl'));
        await rm(part);
        await symlink(path.join(root, 'elsewhere.jsonl'), part);
      },
      /is a link/,
    ],
  ];
  for (const [title, change, sentence] of cases) {
    test(`${title}: a sentence, and nothing is taken in`, async () => {
      const [copy, store] = [dirOf(`copy ${title}`), dirOf(`store ${title}`)];
      await cp(dirOf('export'), copy, { recursive: true });
      await change(copy);
      const { code, out, err } = await mayday(store, 'import', copy, '--quiet');
      assert.equal(code, 1);
      assert.equal(out, '');
      assert.match(err, sentence);
      assert.equal(err.trim().split('\n').length, 1);
      await assert.rejects(readdir(store));
    });
  }

  test('reports without their bytes, or with other ones, are refused by name, and the rest comes', async () => {
    const copy = dirOf('copy of blobs');
    await cp(dirOf('export'), copy, { recursive: true });
    const records = (await readFile(path.join(copy, 'report-000001.jsonl'), 'utf8')).trim().split('\n');
    const blobOf = (record: string | undefined): string => {
      const { attachments } = JSON.parse(record ?? '') as {
        attachments: readonly { readonly name: string; readonly sha256: string }[];
      };
      const sha256 = attachments.find(({ name }) => name === 'core')?.sha256 ?? '';
      return path.join(copy, 'blobs', sha256.slice(0, 2), sha256);
    };
    const [first, second, third] = records.map((record) => (record.includes('"core"') ? blobOf(record) : ''));
    await rm(first ?? '');
    await writeFile(second ?? '', someBytes(700_000, 99));
    await rm(third ?? '');
    await symlink('/etc/passwd', third ?? '');
    const { code, out } = await mayday(dirOf('without'), 'import', copy, '--json', '--queue-only');
    assert.equal(code, 3);
    const { kinds, refusals } = JSON.parse(out) as ImportJson;
    assert.equal(kinds['report']?.refused, 3);
    assert.equal(kinds['report']?.taken, 1);
    assert.deepEqual(refusals.map(({ code: one }) => one).toSorted(), [
      'damaged_bytes',
      'missing_file',
      'not_a_file',
    ]);
  });

  test('what is no export is told in a sentence', async () => {
    const { code, err } = await mayday(dirOf('nothing'), 'import', dirOf('is not there'));
    assert.equal(code, 1);
    assert.match(err, /^There is no .*\.\n$/);
  });
});

function manifestOf(dir: string): string {
  return path.join(dir, 'mayday-export.json');
}

async function changeManifest(dir: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(manifestOf(dir), 'utf8');
  const after = change(before);
  assert.notEqual(after, before);
  await writeFile(manifestOf(dir), after);
}

function unfinish(dir: string): Promise<void> {
  return changeManifest(dir, (text) => text.replace(/"finishedAt": "[^"]+"/, '"finishedAt": null'));
}
