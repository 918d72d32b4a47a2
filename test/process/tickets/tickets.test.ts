// The tickets of bugs, on a real store and against a local tracker: one ticket however often it is asked for, and what trackers are told.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { startTickets } from '../../../src/process/tickets/start-tickets.ts';
import { TicketDesk } from '../../../src/process/tickets/ticket-desk.ts';
import { trackerHttp } from '../../../src/process/tickets/tracker-http.ts';
import { NO_TRACKER } from '../../../src/reports/view/tracker-change.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventually } from '../../reports/support/eventually.ts';
import { crash, fileReport, processed } from '../../reports/support/seed-bugs.ts';
import { newFolder, storeOptions } from '../../store/embedded/open-store.ts';
import { rm } from 'node:fs/promises';
import { startLocalTracker } from './local-tracker.ts';
import type { LocalTracker } from './local-tracker.ts';

const SHOP = { account: 'default', product: 'shop' };
const TEXT = { title: 'total', body: 'It crashed.', signature: 'total' };
const log = createLog('silent');

let dir = '';
let store: Store;
let tracker: LocalTracker;
let running: { close(): Promise<void> } | null = null;
const clock = { ahead: 0 };
const now = (): number => Date.now() + clock.ahead;

before(async () => {
  tracker = await startLocalTracker();
});
after(() => tracker.close());
beforeEach(async () => {
  clock.ahead = 0;
  dir = await newFolder();
  store = await openEmbeddedStore({ ...storeOptions(dir), now });
});
afterEach(async () => {
  await running?.close();
  running = null;
  await store.close();
  await rm(dir, { recursive: true, force: true });
  tracker.misbehave = null;
  tracker.seen.length = 0;
  tracker.tickets.clear();
});

function options(timeoutMs = 5000) {
  const privateHosts = [tracker.host];
  const http = trackerHttp({ privateHosts, version: '1', timeoutMs });
  return { store, log, http, privateHosts, reportsUrl: 'https://mayday.example' };
}

async function bugWithTracker(given: Partial<typeof NO_TRACKER> = {}): Promise<number> {
  const { filed } = await fileReport(store, {}, processed([crash()]));
  const settings = { ...NO_TRACKER, kind: 'github' as const, url: `${tracker.url}/example/shop`, ...given };
  assert.equal(await store.tickets.saveTracker(SHOP, settings, 'secret'), true);
  return filed[0]?.bugId ?? 0;
}

const posts = (): number =>
  tracker.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/issues')).length;

describe('making a ticket', () => {
  test('is done once, however many ask at once', async () => {
    const id = await bugWithTracker();
    const desk = new TicketDesk(options());
    const made = await Promise.all(
      Array.from({ length: 8 }, () => desk.make({ id, ...SHOP }, 'ann', TEXT, { again: false })),
    );
    assert.equal(posts(), 1);
    assert.deepEqual(made.map(({ is }) => is).toSorted(), [
      'asking',
      'asking',
      'asking',
      'asking',
      'asking',
      'asking',
      'asking',
      'made',
    ]);
    const url = `${tracker.url}/example/shop/issues/1`;
    assert.equal((await store.bugs.getBug(id))?.ticket, url);
    assert.equal((await desk.make({ id, ...SHOP }, 'ben', TEXT, { again: true })).is, 'has_ticket');
    const ticket = await store.tickets.ticketOf(SHOP, url);
    assert.deepEqual(
      [ticket?.key, ticket?.state, ticket?.isClosed, ticket?.fault],
      ['1', 'open', false, null],
    );
    const events = await store.bugs.eventsOf(id, 10);
    assert.ok(events.some(({ what, by }) => what === 'ticket' && by === 'ann'));
  });

  test('that was surely refused can be tried again at once', async () => {
    const id = await bugWithTracker();
    const desk = new TicketDesk(options());
    tracker.misbehave = (_, response) => {
      response.writeHead(422).end('{"message":"Validation Failed"}');
      return true;
    };
    const refused = await desk.make({ id, ...SHOP }, 'ann', TEXT, { again: false });
    assert.ok(refused.is === 'refused');
    assert.match(refused.fault, /Validation Failed/);
    tracker.misbehave = null;
    assert.equal((await desk.make({ id, ...SHOP }, 'ann', TEXT, { again: false })).is, 'made');
  });

  test('whose end nobody knows is not done again until somebody looked', async () => {
    const id = await bugWithTracker();
    const desk = new TicketDesk(options(200));
    // The tracker makes the ticket, and its answer gets lost.
    tracker.misbehave = (_, response) => {
      response.destroy();
      return true;
    };
    const lost = await desk.make({ id, ...SHOP }, 'ann', TEXT, { again: false });
    assert.equal(lost.is, 'unknown');
    tracker.misbehave = null;
    assert.equal((await desk.make({ id, ...SHOP }, 'ann', TEXT, { again: false })).is, 'unknown');
    assert.equal(posts(), 1);
    assert.equal((await desk.make({ id, ...SHOP }, 'ann', TEXT, { again: true })).is, 'made');
    assert.equal(await store.tickets.claimOf(id), null);
  });

  test('whose process died is not done again until somebody looked', async () => {
    const id = await bugWithTracker();
    assert.equal((await store.tickets.claim(id, { again: false })).is, 'claimed');
    assert.equal((await store.tickets.claim(id, { again: true })).is, 'asking');
    clock.ahead = 121_000;
    assert.equal((await store.tickets.claim(id, { again: false })).is, 'unknown');
    assert.equal((await store.tickets.claim(id, { again: true })).is, 'claimed');
  });

  test('is given up where a person links one that exists', async () => {
    const id = await bugWithTracker();
    await store.tickets.lose(id, 'no answer');
    const desk = new TicketDesk(options());
    await store.bugs.setTicket(id, 'ann', '7');
    await desk.linked({ id, ...SHOP }, '7');
    assert.equal(await store.tickets.claimOf(id), null);
    assert.equal((await store.tickets.ticketOf(SHOP, '7'))?.url, `${tracker.url}/example/shop/issues/7`);
  });
});

describe('the state of a ticket', () => {
  test('is asked for again and again, honestly where nobody answers, and forgotten with the last bug that names it', async () => {
    const id = await bugWithTracker();
    const desk = new TicketDesk(options());
    await desk.make({ id, ...SHOP }, 'ann', TEXT, { again: false });
    const url = `${tracker.url}/example/shop/issues/1`;
    assert.deepEqual(await store.tickets.takeTickets(5), []);
    clock.ahead = 16 * 60_000;
    const [due] = await store.tickets.takeTickets(5);
    assert.equal(due?.ticket, url);
    // While one process asks, no other does.
    assert.deepEqual(await store.tickets.takeTickets(5), []);
    const kept = tracker.tickets.get(1);
    assert.ok(kept);
    kept.isClosed = true;
    const closed = await desk.refresh(SHOP, url);
    assert.deepEqual([closed?.state, closed?.isClosed], ['closed', true]);
    tracker.misbehave = (_, response) => {
      response.writeHead(404).end('{"message":"Not Found"}');
      return true;
    };
    const away = await desk.refresh(SHOP, url);
    assert.deepEqual([away?.state, away?.checkedAt], ['closed', closed?.checkedAt]);
    assert.match(away?.fault ?? '', /404: Not Found/);
    await store.bugs.setTicket(id, 'ann', null);
    clock.ahead += 7 * 3_600_000;
    assert.deepEqual(await store.tickets.takeTickets(5), []);
    assert.equal(await store.tickets.ticketOf(SHOP, url), null);
  });
});

describe('what happens to a bug', () => {
  test('is told to its ticket: closed as fixed, closed with it, open again', async () => {
    const id = await bugWithTracker({ closes: true });
    await new TicketDesk(options()).make({ id, ...SHOP }, 'ann', TEXT, { again: false });
    running = startTickets({ ...options(), metrics: createMetrics(), giveUpMs: 1e9, pollMs: 5, now });
    await store.bugs.closeBug(id, 'ann', { inVersion: '2.1 @everyone' });
    const messages = () => store.tickets.listMessages(SHOP, 9);
    await eventually(async () => {
      const all = await messages();
      return all.length === 2 && all.every(({ state }) => state === 'done');
    });
    assert.equal(tracker.tickets.get(1)?.isClosed, true);
    // The tracker's own state is known at once.
    const ticket = await store.tickets.ticketOf(SHOP, `${tracker.url}/example/shop/issues/1`);
    assert.equal(ticket?.state, 'closed');
    await fileReport(store, {}, processed([crash()], { version: '2.1 @everyone' }));
    await eventually(async () => Promise.resolve(tracker.tickets.get(1)?.comments.length === 2));
    const [closed, opened] = tracker.tickets.get(1)?.comments ?? [];
    assert.equal(
      closed,
      `The crash was closed as fixed in version \`2.1 @everyone\`.\n\nhttps://mayday.example/bugs/${id}`,
    );
    assert.match(opened ?? '', /^The crash is open again: `it occurred in version 2\.1 @everyone; .*`\./);
    // No name of a person is in them.
    assert.doesNotMatch(`${closed}${opened}`, /ann/);
  });

  test('is told by setting alone, and never of what came before the tracker', async () => {
    const { filed } = await fileReport(store, {}, processed([crash()]));
    const before = filed[0]?.bugId ?? 0;
    await store.bugs.setTicket(before, 'ann', '1');
    await store.bugs.closeBug(before, 'ann', { inVersion: null });
    await bugWithTracker({ comments: false });
    assert.equal(await store.tickets.gatherMessages(), false);
    await store.bugs.reopenBug(before, 'ann');
    await store.bugs.closeBug(before, 'ann', { inVersion: null });
    await store.tickets.gatherMessages();
    assert.deepEqual(await store.tickets.listMessages(SHOP, 9), []);
  });

  test('waits while the tracker is away, in its order, and is given up where it is refused', async () => {
    const id = await bugWithTracker();
    await store.bugs.setTicket(id, 'ann', '1');
    await store.bugs.closeBug(id, 'ann', { inVersion: null });
    await store.bugs.reopenBug(id, 'ann');
    let answers = 0;
    tracker.misbehave = (_, response) => {
      answers += 1;
      response.writeHead(answers < 3 ? 503 : 410).end();
      return true;
    };
    const loops = { ...options(), metrics: createMetrics(), giveUpMs: 1e9, pollMs: 5, now };
    running = startTickets(loops);
    const states = async () =>
      (await store.tickets.listMessages(SHOP, 9)).map(({ what, state, attempts }) => [what, state, attempts]);
    const failedOnce = async () =>
      /503/.test((await store.tickets.listMessages(SHOP, 9)).at(-1)?.lastError ?? '');
    await eventually(failedOnce);
    assert.deepEqual(await states(), [
      ['reopened', 'due', 0],
      ['closed', 'due', 1],
    ]);
    clock.ahead += 60_000;
    await eventually(async () => (await states())[1]?.[2] === 2);
    clock.ahead += 120_000;
    await eventually(async () => (await states()).every(([, state]) => state === 'given_up'));
    assert.equal(answers, 4);
  });

  test('is said once, also where the answer of the tracker is lost', async () => {
    const id = await bugWithTracker({ closes: true });
    await new TicketDesk(options()).make({ id, ...SHOP }, 'ann', TEXT, { again: false });
    await store.bugs.closeBug(id, 'ann', { inVersion: '2.1' });
    const kept = tracker.tickets.get(1);
    assert.ok(kept);
    let lost = 0;
    tracker.misbehave = (request, response) => {
      if (request.method === 'GET' || lost === 2) return false;
      lost += 1;
      // It is done, and nobody hears of it.
      if (request.method === 'PATCH') kept.isClosed = true;
      else {
        kept.comments.push(`  ${request.body.body.replaceAll('\n', '\r\n')}\r\n`);
        kept.times.push(new Date().toISOString());
      }
      response.destroy();
      return true;
    };
    running = startTickets({ ...options(), metrics: createMetrics(), giveUpMs: 1e9, pollMs: 5, now });
    const messages = () => store.tickets.listMessages(SHOP, 9);
    await eventually(async () => /hang up/.test((await messages()).at(-1)?.lastError ?? ''));
    clock.ahead += 60_000;
    await eventually(async () => (await messages()).every(({ state }) => state === 'done'));
    assert.equal(lost, 2);
    assert.equal(kept.comments.length, 1);
    assert.equal(kept.isClosed, true);
  });

  test('is said again where the ticket does not say it yet', async () => {
    const id = await bugWithTracker();
    await new TicketDesk(options()).make({ id, ...SHOP }, 'ann', TEXT, { again: false });
    await store.bugs.closeBug(id, 'ann', { inVersion: '2.1' });
    let failed = false;
    tracker.misbehave = (request, response) => {
      if (request.method === 'GET' || failed) return false;
      failed = true;
      response.writeHead(502).end();
      return true;
    };
    running = startTickets({ ...options(), metrics: createMetrics(), giveUpMs: 1e9, pollMs: 5, now });
    const message = () => store.tickets.listMessages(SHOP, 9);
    await eventually(async () => /502/.test((await message())[0]?.lastError ?? ''));
    clock.ahead += 60_000;
    await eventually(async () => (await message())[0]?.state === 'done');
    assert.equal(tracker.tickets.get(1)?.comments.length, 1);
  });

  test('by mistake is taken back at the ticket: it was closed with the bug, and is opened with it', async () => {
    const id = await bugWithTracker({ closes: true });
    await new TicketDesk(options()).make({ id, ...SHOP }, 'ann', TEXT, { again: false });
    running = startTickets({ ...options(), metrics: createMetrics(), giveUpMs: 1e9, pollMs: 5, now });
    const act = await store.bulk.begin({ do: 'close', inVersion: null }, [id], 'ann');
    await store.bulk.step(act);
    await eventually(async () => Promise.resolve(tracker.tickets.get(1)?.isClosed === true));
    const allDone = async () =>
      (await store.tickets.listMessages(SHOP, 9)).every(({ state }) => state === 'done');
    await eventually(allDone);
    await store.bulk.undo(act, 'ann');
    await store.bulk.step(act);
    await eventually(async () => Promise.resolve(tracker.tickets.get(1)?.isClosed === false));
    await eventually(allDone);
    const ticket = await store.tickets.ticketOf(SHOP, `${tracker.url}/example/shop/issues/1`);
    assert.equal(ticket?.isClosed, false);
    assert.deepEqual(
      (await store.tickets.listMessages(SHOP, 9)).map(({ what, part }) => `${what} ${part}`),
      ['reopened close', 'reopened comment', 'closed close', 'closed comment'],
    );
    // A ticket that somebody closed by hand stays closed.
    const kept = tracker.tickets.get(1);
    if (kept) kept.isClosed = true;
    await store.bugs.ignoreBug(id, 'ann', { until: null, untilCount: null });
    await store.bugs.reopenBug(id, 'ann');
    await eventually(async () => (await store.tickets.listMessages(SHOP, 9)).length === 5);
    await eventually(allDone);
    assert.equal(kept?.isClosed, true);
  });

  test('is told to nobody once the tracker is taken away', async () => {
    const id = await bugWithTracker();
    await store.bugs.setTicket(id, 'ann', '1');
    await store.bugs.closeBug(id, 'ann', { inVersion: null });
    await store.tickets.gatherMessages();
    assert.equal(await store.tickets.deleteTracker(SHOP), true);
    assert.equal(await store.tickets.deleteTracker(SHOP), false);
    assert.deepEqual(await store.tickets.takeMessages(9), []);
    const [message] = await store.tickets.listMessages(SHOP, 9);
    assert.deepEqual([message?.state, message?.lastError], ['given_up', 'The tracker was taken away.']);
  });
});
