// Releases: what is known of each, two of them side by side, what goes with a bug, what is on the rise, and what tools say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYTHING } from '../../../src/search/query/query-tree.ts';
import type { SearchedProduct } from '../../../src/store/crash-search.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, processedReport } from './processed-builder.ts';
import { NOON, storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PIANO = { account: 'default', product: 'Piano' } as const;
const WHOLE: SearchedProduct = { ...PIANO, publicNames: null, messages: true };
const BY_NOBODY: SearchedProduct = { ...PIANO, publicNames: [], messages: false };

/** One crash of one installation. */
interface Made {
  readonly key: string;
  readonly version: string | null;
  readonly installation: string | null;
  readonly daysAgo: number;
  /** When the client says that it was; left out: when it arrived. */
  readonly saidDaysAgo?: number;
  readonly values?: readonly (readonly [string, string])[];
  readonly secret?: string;
}

function day(daysAgo: number): string {
  return new Date(NOON - daysAgo * DAY_MS).toISOString().slice(0, 10);
}

/** Files all of them, and gives the bug of each key. */
async function file(store: Store, crashes: readonly Made[]): Promise<ReadonlyMap<string, number>> {
  const bugs = new Map<string, number>();
  const ids = new Map<string, Made>();
  for (const made of crashes) {
    const { crashId } = await storeReport(store, { receivedAt: NOON - made.daysAgo * DAY_MS });
    ids.set(crashId, made);
  }
  for (;;) {
    const leases = await store.queue.lease({ worker: 'test', limit: 1000, leaseMs: 600_000 });
    if (leases.length === 0) return bugs;
    await Promise.all(
      leases.map(async ({ crashId, leaseId }) => {
        const made = ids.get(crashId);
        assert.ok(made);
        const sections = [
          { name: 'environment', protected: false, values: made.values ?? [] },
          ...(made.secret === undefined
            ? []
            : [{ name: 'request', protected: true, values: [['user', made.secret] as const] }]),
        ];
        const processed = processedReport(
          [crash(made.key, { day: day(made.saidDaysAgo ?? made.daysAgo), sections })],
          {
            version: made.version,
            installation: made.installation,
          },
        );
        const filed = await store.queue.complete(crashId, leaseId, processed);
        bugs.set(made.key, filed?.[0]?.bugId ?? 0);
      }),
    );
  }
}

/** So many crashes of installations of their own. */
function many(count: number, made: Omit<Made, 'installation'>, prefix = made.version ?? ''): readonly Made[] {
  return Array.from({ length: count }, (_, at) => ({
    ...made,
    installation: `${prefix} ${made.key} ${at}`,
  }));
}

async function open(factory: StoreFactory): Promise<Store> {
  const store = await factory({ now: () => NOON });
  await store.people.createProductByHand('default', 'Piano');
  return store;
}

export function releaseTopic(factory: StoreFactory): void {
  test('releases are what crashes, sessions and tools named, the newest by the order of versions first', async () => {
    const store = await open(factory);
    await file(store, [
      ...many(2, { key: 'a', version: '1.9', daysAgo: 1 }),
      ...many(1, { key: 'a', version: '1.10', daysAgo: 20 }),
      { key: 'a', version: '1.10', installation: '1.10 a 0', daysAgo: 19 },
      { key: 'b', version: null, installation: 'x', daysAgo: 0 },
    ]);
    await store.intake.putSessions('default', 'Piano', {
      updates: ['u', 'v', 'w'].map((user, at) => ({
        sid: user,
        outcome: at === 0 ? ('crashed' as const) : ('healthy' as const),
        final: true,
        rank: 1,
        startedAt: NOON - DAY_MS,
        user,
        release: 'piano@1.10+77',
        environment: 'production',
      })),
      buckets: [],
    });
    assert.equal(
      await store.releases.note(PIANO, {
        version: '2.0-rc1',
        releasedAt: null,
        url: null,
        ref: 'abc',
        commits: null,
      }),
      true,
    );
    const { releases, total } = await store.releases.list(PIANO, { offset: 0, limit: 10 });
    assert.equal(total, 3);
    assert.deepEqual(
      releases.map(({ version, crashes, installations, firstDay, lastDay, sessions }) => [
        version,
        crashes,
        installations,
        firstDay,
        lastDay,
        sessions?.sessions ?? null,
        sessions?.users ?? null,
        sessions?.crashedUsers ?? null,
      ]),
      [
        ['2.0-rc1', 0, 0, null, null, null, null, null],
        ['1.10', 2, 1, day(20), day(1), 3, 3, 1],
        ['1.9', 2, 2, day(1), day(1), null, null, null],
      ],
    );
    const page = await store.releases.list(PIANO, { offset: 1, limit: 1 });
    assert.deepEqual([page.releases.map(({ version }) => version), page.total], [['1.10'], 3]);
    const whole = await store.releases.get(PIANO, '1.10');
    assert.deepEqual([whole?.previous, whole?.next], ['1.9', '2.0-rc1']);
    assert.deepEqual(whole?.days, [
      { day: day(20), crashes: 1, crashedInstallations: 1, sessions: 0, users: 0 },
      { day: day(19), crashes: 1, crashedInstallations: 1, sessions: 0, users: 0 },
      { day: day(1), crashes: 0, crashedInstallations: 0, sessions: 3, users: 3 },
    ]);
    const [before, after] = ['a1', 'b2'].map((id, at) => ({
      id,
      repository: null,
      author: null,
      message: '',
      at: NOON + at,
      paths: at === 0 ? ['src/a.c', 'x'.repeat(301)] : [],
      pathsLeft: 0,
    }));
    assert.ok(before !== undefined && after !== undefined);
    await store.releases.note(PIANO, {
      version: '1.9',
      releasedAt: null,
      url: null,
      ref: null,
      commits: [before, after],
    });
    const built = ['2.0-rc1', '1.9', '1.10', '3.0'].map((version) =>
      store.releases.builtFrom(PIANO, version),
    );
    // Its ref, its newest commit, and nothing where no tool said anything.
    assert.deepEqual(await Promise.all(built), ['abc', 'b2', null, null]);
    const commits = await store.releases.commitsOf(PIANO, '1.9');
    assert.deepEqual(
      commits?.map(({ id, paths, pathsLeft }) => [id, paths, pathsLeft]),
      [
        ['a1', ['src/a.c'], 1],
        ['b2', [], 0],
      ],
    );
    assert.equal(await store.releases.commitsOf(PIANO, '1.10'), null);
    assert.equal(await store.releases.get(PIANO, '3.0'), null);
    assert.equal(await store.releases.get({ account: 'default', product: 'Tuba' }, '1.10'), null);
    assert.deepEqual(
      (await store.releases.list({ account: 'a', product: 'b' }, { offset: 0, limit: 5 })).releases,
      [],
    );
    await store.bugs.setProductRules('default', 'Piano', {
      ...(await store.bugs.productRules('default', 'Piano')),
      versionScheme: 'first_seen',
    });
    const inOrder = await store.releases.list(PIANO, { offset: 0, limit: 10 });
    assert.deepEqual(
      inOrder.releases.map(({ version }) => version),
      ['2.0-rc1', '1.9', '1.10'],
    );
  });

  test('two releases are compared by installations in the days that both have had', async () => {
    const store = await open(factory);
    const bugs = await file(store, [
      ...many(30, { key: 'gone', version: '1.9', daysAgo: 30 }),
      ...many(10, { key: 'worse', version: '1.9', daysAgo: 30 }),
      // After the days that the new one has had: not compared.
      ...many(20, { key: 'worse', version: '1.9', daysAgo: 20 }, 'later'),
      ...many(2, { key: 'rare', version: '1.9', daysAgo: 29 }),
      ...many(14, { key: 'new', version: '1.10', daysAgo: 3 }),
      ...many(40, { key: 'worse', version: '1.10', daysAgo: 3 }),
      // One installation that crashes over and over is one.
      ...Array.from({ length: 25 }, () => ({
        key: 'rare',
        version: '1.10',
        installation: 'the only one',
        daysAgo: 2,
      })),
      { key: 'new', version: '1.10', installation: null, daysAgo: 1 },
      // Seen before, if in a version that is not compared: it is not new.
      ...many(1, { key: 'old', version: '1.2', daysAgo: 90 }),
      ...many(8, { key: 'old', version: '1.10', daysAgo: 3 }),
    ]);
    const nameOf = new Map([...bugs].map(([name, id]) => [id, name]));
    const asked = { base: '1.9', new: '1.10', days: 28, bugId: null };
    const found = await store.releases.compare(PIANO, asked);
    assert.ok(found);
    assert.deepEqual([found.basis, found.days, found.complete], ['crashed', 4, true]);
    assert.deepEqual(
      [found.base.crashes, found.base.crashedInstallations, found.base.exposure, found.base.lastDay],
      [42, 42, 42, day(27)],
    );
    assert.deepEqual(
      [found.new.crashes, found.new.crashedInstallations, found.new.withoutInstallation],
      [88, 63, 1],
    );
    const verdicts = Object.fromEntries(
      found.bugs.map(({ bugId, verdict }) => [nameOf.get(bugId) ?? '', verdict]),
    );
    assert.deepEqual(verdicts, {
      new: 'new',
      worse: 'worse',
      gone: 'gone',
      old: 'worse',
      rare: 'too_few',
    });
    assert.deepEqual(found.counts, { new: 1, worse: 2, gone: 1, better: 0, same: 0, too_few: 1 });
    const rare = found.bugs.find(({ bugId }) => nameOf.get(bugId) === 'rare');
    assert.deepEqual(rare?.new, { installations: 1, crashes: 25 });
    const only = await store.releases.compare(PIANO, { ...asked, bugId: bugs.get('worse') ?? 0 });
    assert.deepEqual(
      only?.bugs.map(({ bugId, base, new: now }) => [nameOf.get(bugId), base, now]),
      [['worse', { installations: 10, crashes: 10 }, { installations: 40, crashes: 40 }]],
    );
    assert.equal(await store.releases.compare(PIANO, { ...asked, base: '0.1' }), null);
    // With sessions of both, shares are of those who ran it.
    for (const [release, daysAgo, users] of [
      ['1.9', 30, 400],
      ['1.10', 3, 500],
    ] as const) {
      const earlier = await factory.beside(store, { now: () => NOON - daysAgo * DAY_MS });
      await earlier.intake.putSessions('default', 'Piano', {
        updates: Array.from({ length: users }, (_, at) => ({
          sid: `${release} ${at}`,
          outcome: 'healthy' as const,
          final: true,
          rank: 1,
          startedAt: NOON - daysAgo * DAY_MS,
          user: `user ${at}`,
          release,
          environment: '',
        })),
        buckets: [],
      });
    }
    const active = await store.releases.compare(PIANO, asked);
    assert.deepEqual(
      [active?.basis, active?.base.exposure, active?.new.exposure, active?.new.sessions?.sessions],
      ['active', 400, 500, 500],
    );
  });

  test('a client whose clock is wrong does not move the first days in which releases are compared', async () => {
    const store = await open(factory);
    await file(store, [
      { key: 'a', version: '1.9', installation: 'wrong clock', daysAgo: 29, saidDaysAgo: 390 },
      ...many(30, { key: 'a', version: '1.9', daysAgo: 30, saidDaysAgo: 33 }),
      { key: 'a', version: '1.10', installation: 'wrong clock', daysAgo: 3, saidDaysAgo: 200 },
      ...many(20, { key: 'a', version: '1.10', daysAgo: 3 }),
      // All of it came late: that is when it was.
      ...many(2, { key: 'a', version: '1.8', daysAgo: 2, saidDaysAgo: 100 }),
    ]);
    const found = await store.releases.compare(PIANO, { base: '1.9', new: '1.10', days: 28, bugId: null });
    assert.deepEqual(
      [found?.base.firstDay, found?.base.crashes, found?.new.firstDay, found?.new.crashes, found?.days],
      [day(33), 30, day(3), 20, 4],
    );
    const { releases } = await store.releases.list(PIANO, { offset: 0, limit: 10 });
    assert.deepEqual(
      releases.map(({ version, crashes, firstDay, lastDay }) => [version, crashes, firstDay, lastDay]),
      [
        ['1.10', 21, day(3), day(3)],
        ['1.9', 31, day(33), day(33)],
        ['1.8', 2, day(100), day(100)],
      ],
    );
  });

  test('the release that brought a bug is the oldest that has it, if older ones would have shown it', async () => {
    const store = await open(factory);
    const bugs = await file(store, [
      ...many(40, { key: 'always', version: '1.0', daysAgo: 30 }),
      ...many(12, { key: 'always', version: '1.1', daysAgo: 9 }),
      ...many(8, { key: 'brought', version: '1.1', daysAgo: 8 }),
      ...many(3, { key: 'brought', version: '1.2', daysAgo: 1 }),
      { key: 'nameless', version: null, installation: 'x', daysAgo: 1 },
    ]);
    const origin = await store.analysis.originOf(bugs.get('brought') ?? 0);
    assert.deepEqual(
      [origin?.version, origin?.before, origin?.olderInstallations, origin?.installations, origin?.affected],
      ['1.1', '1.0', 40, 20, 8],
    );
    assert.ok((origin?.p ?? 1) < 0.05);
    const always = await store.analysis.originOf(bugs.get('always') ?? 0);
    assert.deepEqual([always?.version, always?.before, always?.p], ['1.0', null, 1]);
    assert.equal(await store.analysis.originOf(bugs.get('nameless') ?? 0), null);
    assert.equal(await store.analysis.originOf(123_456), null);
  });

  test('values that go with a bug are found, what follows from them is told apart, and what is protected is not there for others', async () => {
    const store = await open(factory);
    const drivers = (at: number): readonly (readonly [string, string])[] =>
      at % 10 === 0
        ? [
            ['driver', '9.1'],
            ['vendor', 'acme'],
          ]
        : [
            ['driver', '8.0'],
            ['vendor', at % 3 === 0 ? 'acme' : 'other'],
          ];
    const crashes = [
      ...many(30, { key: 'bug', version: '1.0', daysAgo: 2 }).map((made, at) =>
        Object.assign({}, made, {
          values: [
            ['driver', '9.1'],
            ['vendor', 'acme'],
            ['locale', at % 2 === 0 ? 'de' : 'fr'],
          ] as const,
          secret: 'marta',
        }),
      ),
      ...many(100, { key: 'other', version: '1.0', daysAgo: 2 }).map((made, at) =>
        Object.assign({}, made, {
          values: [...drivers(at), ['locale', at % 2 === 0 ? 'de' : 'fr'] as const],
          secret: `somebody ${at}`,
        }),
      ),
    ];
    const bugs = await file(store, crashes);
    const ask = async (product: SearchedProduct) => {
      const answer = await store.analysis.correlations({
        product,
        bugId: bugs.get('bug') ?? 0,
        query: EVERYTHING,
      });
      assert.ok('found' in answer);
      return answer.found;
    };
    const found = await ask(WHOLE);
    assert.deepEqual(
      [found.unit, found.affected, found.others, found.complete],
      ['installations', 30, 100, true],
    );
    assert.deepEqual(
      found.values.map(({ key, value, some, all, otherSome, otherAll, beside }) => [
        key,
        value,
        [some, all, otherSome, otherAll],
        beside,
      ]),
      [
        ['request.user', 'marta', [30, 30, 0, 100], 'strongest'],
        ['environment.driver', '9.1', [30, 30, 10, 100], 'unknown'],
        ['environment.vendor', 'acme', [30, 30, 40, 100], 'unknown'],
      ],
    );
    const seen = await ask(BY_NOBODY);
    assert.deepEqual(
      seen.values.map(({ key, beside }) => [key, beside]),
      [
        ['environment.driver', 'strongest'],
        ['environment.vendor', 'follows'],
      ],
    );
    const few = await store.analysis.correlations({ product: WHOLE, bugId: 99_999, query: EVERYTHING });
    assert.deepEqual('found' in few && [few.found.affected, few.found.values], [0, []]);
    const unknown = await store.analysis.correlations({
      product: BY_NOBODY,
      bugId: 1,
      query: { is: 'clause', key: 'user', conditions: [{ op: 'equals', text: 'marta' }], at: 0 },
    });
    assert.ok('fault' in unknown, 'a protected key does not exist in the query either');
  });

  test('a bug on the rise is told, one that goes on as always is not', async () => {
    const store = await open(factory);
    const steady = Array.from({ length: 29 }, (_, daysAgo) =>
      many(2, { key: 'steady', version: '1.0', daysAgo }, `day ${daysAgo}`),
    ).flat();
    const bugs = await file(store, [
      ...steady,
      ...many(12, { key: 'spike', version: '1.0', daysAgo: 0 }),
      ...many(4, { key: 'rising', version: '1.0', daysAgo: 12 }),
      ...many(9, { key: 'rising', version: '1.0', daysAgo: 5 }, 'week'),
      ...many(9, { key: 'rising', version: '1.0', daysAgo: 3 }, 'later'),
    ]);
    const trends = await store.analysis.trends(PIANO);
    assert.deepEqual(
      trends.map(({ bugId, spike, rise, installations }) => [
        bugId,
        spike === null ? null : [spike.seen, spike.expected],
        rise?.ratio ?? null,
        installations,
      ]),
      [
        [bugs.get('spike'), [12, 0], null, 12],
        [bugs.get('rising'), null, 13.5, 18],
      ],
    );
    assert.deepEqual(await store.analysis.trends({ account: 'default', product: 'Tuba' }), []);
  });

  test('top crashers have a place in the period and one in the period before, under the same filter', async () => {
    const store = await open(factory);
    const bugs = await file(store, [
      ...many(3, { key: 'up', version: '1.0', daysAgo: 3 }),
      ...many(1, { key: 'up', version: '1.0', daysAgo: 10 }, 'before'),
      ...many(2, { key: 'down', version: '1.0', daysAgo: 3 }),
      ...many(5, { key: 'down', version: '1.0', daysAgo: 10 }, 'before'),
      ...Array.from({ length: 4 }, () => ({ key: 'one', version: '2.0', installation: 'i', daysAgo: 1 })),
    ]);
    const ask = async (
      by: 'crashes' | 'installations',
      text: string | null = null,
      filter: Parameters<Store['analysis']['topCrashers']>[0]['filter'] = { ...PIANO },
    ) => {
      const answer = await store.analysis.topCrashers({
        products: [WHOLE],
        query:
          text === null
            ? EVERYTHING
            : { is: 'clause', key: 'version', conditions: [{ op: 'equals', text }], at: 0 },
        filter,
        periodMs: 7 * DAY_MS,
        by,
        limit: 10,
      });
      assert.ok('top' in answer);
      return answer.top;
    };
    const name = new Map([...bugs].map(([key, id]) => [id, key]));
    const top = await ask('crashes');
    assert.deepEqual(
      top.rows.map(({ rank, rankBefore, bug, crashesBefore }) => [
        rank,
        rankBefore,
        name.get(bug.id),
        bug.count,
        crashesBefore,
      ]),
      [
        [1, null, 'one', 4, 0],
        [2, 2, 'up', 3, 1],
        [3, 1, 'down', 2, 5],
      ],
    );
    assert.deepEqual([top.crashes, top.crashesBefore, top.bugs], [9, 6, 3]);
    assert.deepEqual(
      (await ask('installations')).rows.map(({ bug }) => name.get(bug.id)),
      ['up', 'down', 'one'],
    );
    assert.deepEqual(
      (await ask('crashes', '2.0')).rows.map(({ bug, rank }) => [name.get(bug.id), rank]),
      [['one', 1]],
    );
    await store.bugs.closeBug(bugs.get('one') ?? 0, 'Ada', { inVersion: null });
    assert.deepEqual(
      (await ask('crashes', null, { ...PIANO, state: 'open' })).rows.map(({ bug, rank }) => [
        name.get(bug.id),
        rank,
      ]),
      [
        ['up', 1],
        ['down', 2],
      ],
    );
  });

  test('what tools say of a release is kept, bounded, and forgotten when they say so', async () => {
    const store = await open(factory);
    const commits = [
      {
        id: 'c0ffee',
        repository: 'shop/piano',
        author: 'Ada',
        message: 'Tune the strings',
        at: NOON,
        paths: ['src/strings.c'],
        pathsLeft: 0,
      },
      { id: 'decade', repository: null, author: null, message: '', at: null, paths: [], pathsLeft: 3 },
    ];
    const note = {
      version: '2.0',
      releasedAt: NOON - DAY_MS,
      url: 'https://x.example',
      ref: 'main',
      commits,
    };
    assert.equal(await store.releases.note(PIANO, note), true);
    // What a later call leaves out stays.
    await store.releases.note(PIANO, { ...note, releasedAt: null, url: null, ref: null, commits: null });
    for (let at = 0; at < 60; at += 1) {
      await store.releases.deployed(PIANO, '2.0', {
        environment: `place ${at}`,
        name: null,
        url: null,
        startedAt: null,
        finishedAt: NOON + at,
      });
    }
    const found = await store.releases.get(PIANO, '2.0');
    assert.deepEqual(found?.commits, commits);
    assert.deepEqual(found.made, {
      createdAt: NOON,
      releasedAt: NOON - DAY_MS,
      url: 'https://x.example',
      ref: 'main',
      commits: 2,
      deploys: 50,
    });
    assert.equal(found.deploys[0]?.environment, 'place 59');
    assert.equal(await store.releases.note({ account: 'default', product: 'Tuba' }, note), false);
    assert.equal(await store.releases.forget(PIANO, '2.0'), true);
    assert.equal(await store.releases.forget(PIANO, '2.0'), false);
    assert.equal(await store.releases.get(PIANO, '2.0'), null);
  });
}
