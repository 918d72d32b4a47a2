// Bugs: what a person sees of them, what people do with them, and when occurrences open them again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bug, ReopenMode } from '../../../src/store/bugs.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport, processAgain, queueReport } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

async function bugOf(store: Store, id: number): Promise<Bug> {
  const bug = await store.bugs.getBug(id);
  assert.ok(bug !== null);
  return bug;
}

async function setMode(store: Store, reopenMode: ReopenMode): Promise<void> {
  const rules = await store.bugs.productRules('default', 'Piano');
  assert.ok(await store.bugs.setProductRules('default', 'Piano', { ...rules, reopenMode }));
}

export function bugTopic(open: StoreFactory): void {
  test('first and last seen follow the days that clients sent, in lists and for the bug alike', async () => {
    const store = await open();
    const day = (ago: number): string => new Date(NOON - ago * DAY_MS).toISOString().slice(0, 10);
    const { bugId } = await fileReport(store, [crash('a', { day: day(10) })], {
      processed: { version: '1.0' },
    });
    const spans = async (): Promise<readonly (readonly number[])[]> => {
      const { rows } = await store.bugs.listBugs({}, { limit: 10 });
      const cases = await store.bugs.casesOf(bugId, 10);
      return [await bugOf(store, bugId), ...rows, ...cases].map(({ firstSeenAt, lastSeenAt }) => [
        firstSeenAt,
        lastSeenAt,
      ]);
    };
    const begin = (ago: number): number => Date.parse(day(ago));
    assert.deepEqual(
      await spans(),
      Array.from({ length: 3 }, () => [begin(10), begin(10)]),
    );
    await fileReport(store, [crash('a', { day: day(20) })], { processed: { version: '0.9' } });
    await fileReport(store, [crash('a', { day: day(5) })], { processed: { version: '1.1' } });
    assert.deepEqual(
      await spans(),
      Array.from({ length: 3 }, () => [begin(20), begin(5)]),
    );
    const { firstVersion, lastVersion } = await bugOf(store, bugId);
    assert.deepEqual([firstVersion, lastVersion], ['0.9', '1.1']);
    // What cannot be believed counts when it came.
    await fileReport(store, [crash('a', { day: '2009-01-12' })]);
    assert.deepEqual((await spans())[0], [begin(20), NOON]);
    // Tomorrow has begun where the client lives; it was not seen before it came.
    await fileReport(store, [crash('a', { day: day(-1) })], { report: { receivedAt: NOON + HOUR_MS } });
    assert.deepEqual((await spans())[0], [begin(20), NOON + HOUR_MS]);
  });

  test('a bug gathers what its reports say', async () => {
    const store = await open();
    const values = [
      ['PATH_INFO', '/long/path'],
      ['OS', 'Linux'],
    ] as const;
    const { bugId } = await fileReport(
      store,
      [
        crash('a', {
          message: 'a long message',
          role: 'admin',
          sections: [{ name: 'request', protected: true, values }],
        }),
      ],
      { processed: { installation: 'i1' } },
    );
    await fileReport(
      store,
      [
        crash('a', {
          message: 'short',
          role: 'guest',
          severity: 'major',
          count: 5,
          sections: [{ name: 'request', protected: true, values: [['PATH_INFO', '/p']] }],
          grouping: { caseKey: 'second case' },
        }),
      ],
      { report: { receivedAt: NOON + HOUR_MS }, processed: { installation: 'i2', version: '2.0' } },
    );
    const bug = await bugOf(store, bugId);
    assert.equal(bug.title, 'a()');
    assert.equal(bug.message, 'short');
    assert.equal(bug.path, '/p');
    assert.deepEqual(bug.roles, ['admin', 'guest']);
    assert.equal(bug.severity, 'major');
    assert.equal(bug.count, 6);
    assert.equal(bug.installations, 2);
    assert.deepEqual([bug.firstSeenAt, bug.lastSeenAt], [NOON, NOON + HOUR_MS]);
    assert.deepEqual([bug.firstVersion, bug.lastVersion], ['1.0', '2.0']);
    assert.equal(bug.lastWeek, '2026-03-09');
    assert.deepEqual(
      (await store.bugs.casesOf(bugId, 10)).map(({ caseKey, count }) => [caseKey, count]),
      [
        ['second case', 5],
        ['case of a', 1],
      ],
    );
    assert.deepEqual(await store.bugs.valuesOf(bugId, 1), [
      { section: 'request', key: 'OS', value: 'Linux', count: 1, protected: true },
      { section: 'request', key: 'PATH_INFO', value: '/p', count: 5, protected: true },
      { section: 'request', key: 'PATH_INFO', value: null, count: 1, protected: true },
    ]);
    const versions = await store.bugs.versionsOf(bugId);
    assert.deepEqual(Object.fromEntries(versions.map(({ version, count }) => [version, count])), {
      '1.0': 1,
      '2.0': 5,
    });
  });

  test('bars, series and the overview show the last days', async () => {
    const store = await open();
    const now = Date.now();
    const day = (ago: number): string => new Date(now - ago * DAY_MS).toISOString().slice(0, 10);
    const { bugId } = await fileReport(store, [crash('a', { day: day(0) })], { report: { receivedAt: now } });
    await fileReport(store, [crash('a', { day: day(2), count: 3 })], { report: { receivedAt: now } });
    await fileReport(store, [crash('a', { day: day(60), count: 9 })], { report: { receivedAt: now } });
    const { last28Days, count } = await bugOf(store, bugId);
    assert.equal(count, 13);
    assert.deepEqual(last28Days.slice(-4), [0, 3, 0, 1]);
    assert.equal(last28Days.length, 28);
    assert.deepEqual(await store.bugs.seriesOf(bugId, 28), [
      { day: day(2), version: '1.0', platform: 'linux', count: 3 },
      { day: day(0), version: '1.0', platform: 'linux', count: 1 },
    ]);
    const overview = await store.bugs.overview('default', 'Piano', 28);
    assert.equal(overview.crashes, 4);
    assert.deepEqual(
      overview.topBugs.map(({ id }) => id),
      [bugId],
    );
    // It happened first two months ago, though its first report came today.
    assert.deepEqual(overview.newBugs, []);
    const other = await fileReport(store, [crash('b', { day: day(3) })], { report: { receivedAt: now } });
    assert.deepEqual(
      (await store.bugs.overview('default', 'Piano', 28)).newBugs.map(({ id }) => id),
      [other.bugId],
    );
    assert.equal((await store.bugs.overview('default', 'Nowhere', 28)).crashes, 0);
  });

  test('values and cases without end are counted together, and taken back exactly', async () => {
    const store = await open();
    const unlike = (at: number) =>
      crash('a', {
        sections: [{ name: 'request', protected: false, values: [['user', `user ${at}`]] }],
        grouping: { caseKey: at < 60 ? 'one case' : `case ${at}` },
      });
    const crashIds: string[] = [];
    let bugId = 0;
    for (let at = 0; at < 300; at++) {
      const filed = await fileReport(store, [unlike(at)]);
      crashIds.push(filed.crashId);
      ({ bugId } = filed);
    }
    const cases = await store.bugs.casesOf(bugId, 1000);
    assert.ok(cases.length <= 201, `${cases.length} cases`);
    assert.equal(
      cases.reduce((sum, { count }) => sum + count, 0),
      300,
    );
    const values = await store.bugs.valuesOf(bugId, 5);
    assert.equal(values.length, 6);
    assert.equal(
      values.reduce((sum, { count }) => sum + count, 0),
      300,
    );
    for (const crashId of crashIds) await processAgain(store, crashId, [crash('b')]);
    const renamed = await bugOf(store, bugId);
    assert.deepEqual([renamed.title, renamed.count], ['b()', 300]);
    assert.deepEqual(await store.bugs.valuesOf(bugId, 5), []);
    assert.equal((await store.bugs.casesOf(bugId, 1000)).length, 1);
  });

  test('what people did with a bug elsewhere is taken over as it was, with its times', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    const state = {
      state: 'ignored' as const,
      closedAt: null,
      closedInVersion: null,
      ignoredUntil: Date.UTC(2030, 0, 1),
      ignoredUntilCount: 50,
      assignee: 'Grace',
      ticket: '#7',
    };
    const events = [
      { at: 1000, by: 'Ada', what: 'comment', detail: 'long ago' },
      { at: 2000, by: null, what: 'reopened', detail: '' },
      { at: 3000, by: 'Ada', what: 'no line that there is', detail: '' },
    ];
    assert.ok(await store.bugs.takeOverBug(bugId, { ...state, events }));
    const bug = await bugOf(store, bugId);
    for (const [field, value] of Object.entries(state)) assert.equal(bug[field as keyof typeof state], value);
    const lines = (await store.bugs.eventsOf(bugId, 10)).filter(({ what }) => what !== 'created');
    assert.deepEqual(new Set(lines.map(({ at }) => at)), new Set([1000, 2000]));
    assert.equal(await store.bugs.takeOverBug(bugId + 1000, { ...state, events }), false);
  });

  test('each action changes the bug and leaves a line that says who did what', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    assert.ok(await store.bugs.assignBug(bugId, 'Ada', 'Grace'));
    assert.ok(await store.bugs.setTicket(bugId, 'Ada', '#42'));
    assert.ok(await store.bugs.commentBug(bugId, 'Grace', 'I saw it too.'));
    assert.ok(await store.bugs.closeBug(bugId, 'Grace', { inVersion: '1.1' }));
    const closed = await bugOf(store, bugId);
    assert.deepEqual([closed.state, closed.closedInVersion], ['closed', '1.1']);
    assert.ok(closed.closedAt !== null);
    assert.ok(await store.bugs.reopenBug(bugId, 'Ada'));
    const until = Date.UTC(2030, 0, 1);
    assert.ok(await store.bugs.ignoreBug(bugId, 'Ada', { until, untilCount: 100 }));
    const bug = await bugOf(store, bugId);
    assert.deepEqual(
      [bug.state, bug.assignee, bug.ticket, bug.ignoredUntil, bug.ignoredUntilCount],
      ['ignored', 'Grace', '#42', until, 100],
    );
    const events = await store.bugs.eventsOf(bugId, 10);
    assert.deepEqual(
      events.map(({ by, what }) => [by, what]),
      [
        ['Ada', 'ignored'],
        ['Ada', 'reopened'],
        ['Grace', 'closed'],
        ['Grace', 'comment'],
        ['Ada', 'ticket'],
        ['Ada', 'assigned'],
        [null, 'created'],
      ],
    );
    assert.equal(events[3]?.detail, 'I saw it too.');
    assert.equal(await store.bugs.closeBug(999, 'Ada', { inVersion: null }), false);
    assert.equal(await store.bugs.getBug(999), null);
  });

  test('at once: the next report that arrives after the closing opens a closed bug', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    const waiting = await fileReport(store, [crash('a')]);
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
    assert.equal(waiting.event, 'recurring');
    const late = await fileReport(store, [crash('a')], { report: { receivedAt: NOON } });
    assert.equal(late.event, 'recurring', 'it had arrived before the closing');
    assert.equal((await bugOf(store, bugId)).state, 'closed');
    const next = await fileReport(store, [crash('a')], { report: { receivedAt: Date.now() + 1000 } });
    assert.equal(next.event, 'reopened');
    assert.equal((await bugOf(store, bugId)).state, 'open');
    assert.equal((await store.bugs.eventsOf(bugId, 1))[0]?.what, 'reopened');
  });

  test('after 8 hours: only a report that arrives so late opens a closed bug', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    await setMode(store, 'after_8_hours');
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
    const soon = { receivedAt: Date.now() + 7 * HOUR_MS };
    assert.equal((await fileReport(store, [crash('a')], { report: soon })).event, 'recurring');
    const late = { receivedAt: Date.now() + 8 * HOUR_MS + 1000 };
    assert.equal((await fileReport(store, [crash('a')], { report: late })).event, 'reopened');
  });

  test('by default: only the version it was closed in or a later one opens it, and any crash where none was named', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    const occur = async (version: string | null) => {
      const report = { receivedAt: Date.now() + HOUR_MS };
      return (await fileReport(store, [crash('a')], { report, processed: { version } })).event;
    };
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: '2025.49' });
    for (const older of ['2025.44', '2025.9', '2025.49-beta.1', null])
      assert.equal(await occur(older), 'recurring');
    assert.equal((await store.bugs.getBug(bugId))?.state, 'closed');
    assert.equal(await occur('2025.49'), 'reopened');
    assert.match(
      (await store.bugs.eventsOf(bugId, 1))[0]?.detail ?? '',
      /version 2025\.49; it was closed in 2025\.49/,
    );
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: '2025.49' });
    assert.equal(await occur('2025.100'), 'reopened');
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
    assert.equal(await occur('2025.1'), 'reopened');
  });

  test('from a new version: only a version not seen before the closing, or the one it was closed in, opens it', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    await fileReport(store, [crash('other')], { processed: { version: '1.1' } });
    await setMode(store, 'new_version');
    const occur = async (version: string | null) => {
      const report = { receivedAt: Date.now() + HOUR_MS };
      return (await fileReport(store, [crash('a')], { report, processed: { version } })).event;
    };
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
    assert.equal(await occur('1.0'), 'recurring');
    assert.equal(await occur('1.1'), 'recurring');
    assert.equal(await occur(null), 'recurring');
    assert.equal(await occur('2.0'), 'reopened');
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: '1.1' });
    assert.equal(await occur('1.1'), 'reopened');
  });

  test('an ignored bug counts on, and opens at its date or count', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    const until = Date.now() + HOUR_MS;
    await store.bugs.ignoreBug(bugId, 'Ada', { until, untilCount: null });
    assert.equal((await fileReport(store, [crash('a')])).event, 'recurring');
    assert.equal((await bugOf(store, bugId)).count, 2);
    const late = { receivedAt: until + 1 };
    assert.equal((await fileReport(store, [crash('a')], { report: late })).event, 'reopened');
    await store.bugs.ignoreBug(bugId, 'Ada', { until: null, untilCount: 5 });
    assert.equal((await fileReport(store, [crash('a')])).event, 'recurring');
    assert.equal((await fileReport(store, [crash('a')])).event, 'reopened');
  });

  test('processing again never opens a bug and tells of nothing', async () => {
    const store = await open();
    const { bugId, crashId } = await fileReport(store, [crash('a')], {
      report: { receivedAt: Date.now() + HOUR_MS },
    });
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
    const told = await store.notifications.listPendingNotices(10);
    assert.deepEqual(
      told.map(({ event }) => event),
      ['new'],
    );
    assert.deepEqual(await processAgain(store, crashId, [crash('a')]), [
      { bugId, event: 'unchanged', state: 'closed' },
    ]);
    assert.deepEqual(await store.notifications.listPendingNotices(10), told);
  });

  test('what nobody has been told yet is one row for each bug and event', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    await fileReport(store, [crash('a')]);
    const [, before] = await store.notifications.listPendingNotices(10);
    await fileReport(store, [crash('a')]);
    const untold = await store.notifications.listPendingNotices(10);
    assert.deepEqual(
      untold.map(({ bugId: id, event }) => [id, event]),
      [
        [bugId, 'new'],
        [bugId, 'recurring'],
      ],
    );
    assert.ok((untold[1]?.id ?? 0) > (before?.id ?? 0));
  });

  test('the rules of a product come back as they were set', async () => {
    const store = await open();
    assert.equal((await store.bugs.productRules('default', 'Piano')).reopenMode, 'not_older');
    await queueReport(store);
    const rules = {
      reopenMode: 'new_version',
      versionScheme: 'debian',
      versionCorrections: [{ version: '2.0', after: null }],
      uninterestingPackages: ['com.example', '!com.example.app'],
      groupingRules: [{ name: 'by user', when: { message: 'user' }, key: '{message}' }],
      signatureLists: { irrelevant: ['x'], prefix: [], sentinels: [], line_numbers: [] },
      frameRules: ['+package:com.example'],
      learnedPackages: [],
      signatureMode: 'socorro',
      messages: 'protected',
      userAnnotation: 'MachineOwner',
      ticketTracker: 'github',
      ticketUrl: 'https://tickets.example/%s',
      source: {
        repository: 'https://code.example/editor',
        kind: 'gitea',
        template: null,
        paths: [{ from: '/build/', to: '' }],
        commitAnnotations: ['revision'],
        tag: 'v{version}',
        owners: ['* @editors'],
      },
    } as const;
    assert.ok(await store.bugs.setProductRules('default', 'Piano', rules));
    assert.deepEqual(await store.bugs.productRules('default', 'Piano'), rules);
    const before = await store.bugs.previousProductRules('default', 'Piano');
    assert.ok(before !== null);
    assert.notEqual(before.reopenMode, rules.reopenMode);
    assert.ok(await store.bugs.setProductRules('default', 'Piano', before));
    assert.deepEqual(await store.bugs.productRules('default', 'Piano'), before);
    assert.deepEqual(await store.bugs.previousProductRules('default', 'Piano'), rules);
    assert.equal(await store.bugs.previousProductRules('default', 'Nowhere'), null);
    assert.equal(await store.bugs.setProductRules('default', 'Nowhere', rules), false);
  });
}
