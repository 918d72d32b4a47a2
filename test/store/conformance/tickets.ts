// Trackers of products, the right to make a ticket, states of tickets, and messages gathered from what happened to bugs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import type { TrackerSettings } from '../../../src/store/tickets.ts';
import { isUnderWay } from '../../../src/store/bulk-acts.ts';
import { crash, fileReport } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const PIANO = { account: 'default', product: 'Piano' };
const SETTINGS: TrackerSettings = {
  kind: 'github',
  url: 'https://github.com/example/piano',
  api: null,
  project: null,
  component: null,
  version: null,
  issueType: null,
  labels: ['crash'],
  signatureField: null,
  user: null,
  form: null,
  comments: true,
  closes: true,
  closeTransition: null,
};
const TICKET = { ticket: '#7', key: '7', url: 'https://github.com/example/piano/issues/7' };
const MINUTE_MS = 60_000;

async function bugOf(store: Store, key: string, ticket: string | null): Promise<number> {
  const { bugId } = await fileReport(store, [crash(key)]);
  if (ticket !== null) await store.bugs.setTicket(bugId, 'Ada', ticket);
  return bugId;
}

async function steps(store: Store, id: number): Promise<void> {
  for (let act = await store.bulk.step(id); act !== null && isUnderWay(act);) act = await store.bulk.step(id);
}

export function ticketTopic(open: StoreFactory): void {
  test('a tracker keeps its token until another one or none is given', async () => {
    const store = await open();
    await bugOf(store, 'a', null);
    const token = async () => (await store.tickets.tracker(PIANO))?.token;
    assert.equal(await store.tickets.tracker(PIANO), null);
    assert.equal(await store.tickets.saveTracker(PIANO, SETTINGS), true);
    assert.deepEqual(await store.tickets.tracker(PIANO), { ...PIANO, settings: SETTINGS, token: null });
    await store.tickets.saveTracker(PIANO, SETTINGS, 'one');
    await store.tickets.saveTracker(PIANO, { ...SETTINGS, closes: false });
    assert.equal(await token(), 'one');
    await store.tickets.saveTracker(PIANO, SETTINGS, null);
    assert.equal(await token(), null);
    assert.equal(await store.tickets.saveTracker({ account: 'default', product: 'Tuba' }, SETTINGS), false);
    assert.equal(await store.tickets.deleteTracker(PIANO), true);
    assert.equal(await store.tickets.deleteTracker(PIANO), false);
  });

  test('the right to make a ticket is one, whichever process asks, until its end is not known', async () => {
    let now = NOON;
    const store = await open({ now: () => now });
    const other = await open.beside(store, { now: () => now });
    const id = await bugOf(store, 'a', null);
    const asked = await Promise.all(
      [store, other, store, other].map((one) => one.tickets.claim(id, { again: true })),
    );
    assert.deepEqual(asked.map(({ is }) => is).toSorted(), ['asking', 'asking', 'asking', 'claimed']);
    assert.deepEqual(await other.tickets.claimOf(id), { is: 'asking' });
    // Whoever had it died.
    now += 3 * MINUTE_MS;
    assert.deepEqual(await other.tickets.claim(id, { again: false }), {
      is: 'unknown',
      at: NOON,
      fault: null,
    });
    assert.deepEqual(await other.tickets.claim(id, { again: true }), { is: 'claimed' });
    await other.tickets.lose(id, 'no answer');
    assert.deepEqual(await store.tickets.claimOf(id), { is: 'unknown', at: now, fault: 'no answer' });
    await store.tickets.release(id);
    assert.equal(await other.tickets.claimOf(id), null);
    await store.bugs.setTicket(id, 'Ada', '#7');
    assert.deepEqual(await store.tickets.claim(id, { again: true }), { is: 'has_ticket' });
    assert.deepEqual(await store.tickets.claim(id + 1000, { again: true }), { is: 'no_bug' });
  });

  test('tickets are asked for by one process at a time, closed ones more seldom, and forgotten with the last bug', async () => {
    let now = NOON;
    const store = await open({ now: () => now });
    const id = await bugOf(store, 'a', '#7');
    await store.tickets.watch(PIANO, TICKET, null);
    assert.deepEqual(await store.tickets.ticketOf(PIANO, '#7'), {
      ...TICKET,
      state: null,
      isClosed: null,
      checkedAt: null,
      fault: null,
    });
    const taken = async () => (await store.tickets.takeTickets(9)).map(({ ticket }) => ticket);
    assert.deepEqual([await taken(), await taken()], [['#7'], []]);
    await store.tickets.watch(PIANO, TICKET, { state: 'closed', isClosed: true });
    now += 60 * MINUTE_MS;
    assert.deepEqual(await taken(), []);
    now += 6 * 60 * MINUTE_MS;
    assert.deepEqual(await taken(), ['#7']);
    await store.tickets.watch(PIANO, TICKET, { fault: 'no answer' });
    const away = await store.tickets.ticketOf(PIANO, '#7');
    assert.deepEqual([away?.state, away?.checkedAt, away?.fault], ['closed', NOON, 'no answer']);
    now += 61 * MINUTE_MS;
    await store.bugs.setTicket(id, 'Ada', null);
    assert.deepEqual(await taken(), []);
    assert.equal(await store.tickets.ticketOf(PIANO, '#7'), null);
  });

  test('what happens to a bug with a ticket is told once, in its order, and not once it is undone', async () => {
    let now = NOON;
    const store = await open({ now: () => now });
    const other = await open.beside(store, { now: () => now });
    const [a, b, without] = [
      await bugOf(store, 'a', '#7'),
      await bugOf(store, 'b', '#8'),
      await bugOf(store, 'c', null),
    ];
    // What came before the first tracker is told to nobody.
    await store.bugs.closeBug(a, 'Ada', { inVersion: '1.0' });
    await store.tickets.saveTracker(PIANO, SETTINGS, 'token');
    await store.bugs.reopenBug(a, 'Ada');
    await store.bugs.closeBug(a, 'Ada', { inVersion: '2.0' });
    await store.bugs.closeBug(without, 'Ada', { inVersion: '2.0' });
    await Promise.all([store.tickets.gatherMessages(), other.tickets.gatherMessages()]);
    const words = async () =>
      (await store.tickets.listMessages(PIANO, 9)).map(({ bugId, part, what, detail }) => [
        bugId,
        part,
        what,
        detail,
      ]);
    assert.deepEqual(await words(), [
      [a, 'close', 'closed', 'in version 2.0'],
      [a, 'comment', 'closed', 'in version 2.0'],
      [a, 'comment', 'reopened', ''],
    ]);
    const [first, ...rest] = await store.tickets.takeMessages(9);
    assert.ok(first !== undefined);
    assert.deepEqual([first.what, first.attempts, rest.length], ['reopened', 1, 0]);
    assert.deepEqual(await other.tickets.takeMessages(9), []);
    await store.tickets.messageFailed(first.id, 'busy', now + MINUTE_MS);
    assert.deepEqual(await store.tickets.takeMessages(9), []);
    now += MINUTE_MS;
    assert.equal((await store.tickets.takeMessages(9))[0]?.attempts, 2);
    await store.tickets.messageDone(first.id);
    const act = await store.bulk.begin({ do: 'close', inVersion: null }, [b], 'Ada');
    await steps(store, act);
    await store.tickets.gatherMessages();
    assert.equal((await words()).length, 5);
    assert.equal(await store.bulk.undo(act, 'Ada'), true);
    await steps(store, act);
    const next = await store.tickets.takeMessages(9);
    assert.deepEqual(
      next.map(({ bugId, part }) => [bugId, part]),
      [[a, 'comment']],
    );
    assert.equal((await words()).length, 3);
    await store.tickets.messageFailed(next[0]?.id ?? 0, 'never', null);
    await store.tickets.deleteTracker(PIANO);
    const states = (await store.tickets.listMessages(PIANO, 9)).map(({ state, lastError }) => [
      state,
      lastError,
    ]);
    assert.deepEqual(states, [
      ['given_up', 'The tracker was taken away.'],
      ['given_up', 'never'],
      ['done', null],
    ]);
  });

  test('an act on many bugs that trackers were told of is undone in the open: its lines stay, and those of the undo are told', async () => {
    const store = await open();
    const [a, b, c, d] = [
      await bugOf(store, 'a', '#7'),
      await bugOf(store, 'b', '#8'),
      await bugOf(store, 'c', '#9'),
      await bugOf(store, 'd', null),
    ];
    await store.bugs.closeBug(b, 'Ada', { inVersion: '1.0' });
    await store.bugs.ignoreBug(c, 'Ada', { until: null, untilCount: 9 });
    await store.tickets.saveTracker(PIANO, { ...SETTINGS, closes: false }, 'token');
    const told: (readonly [number, string, string])[] = [];
    const tellAll = async () => {
      await store.tickets.gatherMessages();
      for (
        let [next] = await store.tickets.takeMessages(1);
        next;
        [next] = await store.tickets.takeMessages(1)
      ) {
        told.push([next.bugId, next.what, next.detail]);
        await store.tickets.messageDone(next.id);
      }
    };
    const statesOf = () =>
      Promise.all(
        [a, b, c, d].map(async (id) => {
          const bug = await store.bugs.getBug(id);
          return [bug?.state, bug?.closedInVersion, bug?.ignoredUntilCount];
        }),
      );
    const before = await statesOf();
    const closing = await store.bulk.begin({ do: 'close', inVersion: '2.0' }, [a, b, c, d], 'Ada');
    await steps(store, closing);
    await tellAll();
    assert.equal(told.length, 3);
    await store.bulk.undo(closing, 'Ben');
    await steps(store, closing);
    assert.deepEqual(await statesOf(), before);
    await tellAll();
    const undone = 'an act on many bugs was undone';
    assert.deepEqual(
      told.slice(3).toSorted(([one], [other]) => one - other),
      [
        [a, 'reopened', undone],
        [b, 'closed', 'in version 1.0'],
        [c, 'reopened', undone],
      ],
    );
    const lines = async (id: number) =>
      (await store.bugs.eventsOf(id, 10)).map(({ what, by }) => `${what} ${by ?? ''}`);
    assert.deepEqual((await lines(a)).slice(0, 2), ['reopened Ben', 'closed Ada']);
    assert.deepEqual((await lines(c)).slice(0, 3), ['ignored Ben', 'reopened Ben', 'closed Ada']);
    // Nobody was told of this one.
    assert.ok(!(await lines(d)).some((line) => /^(?:closed|reopened)/.test(line)));
    // The other way: the ticket heard that the bug is open.
    told.length = 0;
    const opening = await store.bulk.begin({ do: 'reopen' }, [b], 'Ada');
    await steps(store, opening);
    await tellAll();
    await store.bulk.undo(opening, 'Ben');
    await steps(store, opening);
    await tellAll();
    assert.deepEqual(told, [
      [b, 'reopened', ''],
      [b, 'closed', 'in version 1.0'],
    ]);
  });

  test('what a tracker may have heard of an act counts as told when the act is undone', async () => {
    const store = await open();
    const id = await bugOf(store, 'a', '#7');
    await store.tickets.saveTracker(PIANO, { ...SETTINGS, closes: false }, 'token');
    const act = await store.bulk.begin({ do: 'close', inVersion: null }, [id], 'Ada');
    await steps(store, act);
    await store.tickets.gatherMessages();
    const [sent] = await store.tickets.takeMessages(1);
    assert.ok(sent);
    await store.bulk.undo(act, 'Ada');
    await steps(store, act);
    await store.tickets.messageDone(sent.id);
    await store.tickets.gatherMessages();
    assert.deepEqual(
      (await store.tickets.takeMessages(9)).map(({ what }) => what),
      ['reopened'],
    );
  });
}
