// Release health: what is counted of sessions, held against a recount of everything that was sent.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SESSION_OUTCOMES, type SessionUpdate } from '../../src/report/session-update.ts';
import type { SessionDay } from '../../src/store/release-health.ts';
import { withStore } from '../store/embedded/open-store.ts';
import { envelopeOf, postSentry, startSentry } from './sentry-server.ts';

const DAY_MS = 86_400_000;
/** Of the store's clock; its housekeeping goes by the machine's, by which all of this is old, so it is off. */
const NOON = Date.UTC(2026, 2, 14, 12);
const PRODUCT = { account: 'default', product: 'shop' } as const;

const update = fc.record({
  sid: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  outcome: fc.constantFrom(...SESSION_OUTCOMES),
  final: fc.boolean(),
  rank: fc.integer({ min: 0, max: 6 }),
  startedAt: fc.integer({ min: 0, max: 7 }).map((days) => NOON - days * DAY_MS),
  user: fc.constantFrom(null, 'u', 'v'),
  release: fc.constantFrom('1', '2'),
  environment: fc.constantFrom('production', 'staging'),
});

/** The rule of docs/protocols/sentry.md, said once more in the plainest way. */
function recount(updates: readonly SessionUpdate[]): readonly SessionDay[] {
  const sessions = new Map<string, { first: SessionUpdate; last: SessionUpdate; crashedOnce: boolean }>();
  for (const one of updates) {
    if (Math.floor(one.startedAt / DAY_MS) <= Math.floor(NOON / DAY_MS) - 5) continue;
    const known = sessions.get(one.sid);
    if (known === undefined)
      sessions.set(one.sid, { first: one, last: one, crashedOnce: one.outcome === 'crashed' });
    else if (!known.last.final && one.rank >= known.last.rank) {
      known.last = one;
      known.crashedOnce ||= one.outcome === 'crashed';
    }
  }
  const days = new Map<string, SessionDay>();
  const users = new Map<string, Map<string, boolean>>();
  for (const { first, last, crashedOnce } of sessions.values()) {
    const day = new Date(first.startedAt).toISOString().slice(0, 10);
    const { release, environment } = first;
    const key = JSON.stringify([day, release, environment]);
    const row = days.get(key) ?? {
      ...{ day, release, environment, sessions: 0, errored: 0, unhandled: 0, abnormal: 0, crashed: 0 },
      ...{ users: 0, crashedUsers: 0 },
    };
    const outcome = last.outcome;
    days.set(key, {
      ...row,
      sessions: row.sessions + 1,
      ...(outcome !== 'healthy' && { [outcome]: row[outcome] + 1 }),
    });
    if (first.user === null) continue;
    const seen = users.get(key) ?? new Map<string, boolean>();
    seen.set(first.user, (seen.get(first.user) ?? false) || crashedOnce);
    users.set(key, seen);
  }
  return [...days].map(([key, row]) => {
    const seen = [...(users.get(key) ?? new Map<string, boolean>()).values()];
    return Object.assign(row, { users: seen.length, crashedUsers: seen.filter(Boolean).length });
  });
}

function byPlace(rows: readonly SessionDay[]): readonly SessionDay[] {
  const key = ({ day, release, environment }: SessionDay) => `${day} ${release} ${environment}`;
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

describe('sessions', () => {
  it('are counted exactly as a recount of all updates counts them, in any order and any batches', () =>
    withStore({ now: () => NOON, housekeeping: false }, async (store) => {
      let number = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(update, { maxLength: 8 }), { maxLength: 5 }), async (batches) => {
          // One store for all runs: each has a product of its own.
          const product = `shop-${(number += 1)}`;
          await store.people.createProductByHand('default', product);
          for (const updates of batches) {
            await store.intake.putSessions('default', product, { updates, buckets: [] });
          }
          const asked = { account: 'default', product, since: '2026-01-01', limit: 1000 };
          assert.deepEqual(byPlace(await store.sessions.days(asked)), byPlace(recount(batches.flat())));
        }),
        { numRuns: 200 },
      );
    }));

  it('of buckets are added up; their users count once a day', () =>
    withStore({ now: () => NOON, housekeeping: false }, async (store) => {
      await store.people.createProductByHand('default', 'shop');
      const bucket = {
        startedAt: NOON,
        user: 'u',
        release: '1',
        environment: 'production',
        counts: { healthy: 5, errored: 2, unhandled: 1, abnormal: 0, crashed: 2 },
      };
      await store.intake.putSessions('default', 'shop', { updates: [], buckets: [bucket, bucket] });
      const [row] = await store.sessions.days({ ...PRODUCT, since: '2026-01-01', limit: 10 });
      assert.deepEqual(
        [
          row?.sessions,
          row?.errored,
          row?.unhandled,
          row?.abnormal,
          row?.crashed,
          row?.users,
          row?.crashedUsers,
        ],
        [20, 4, 2, 0, 4, 1, 1],
      );
    }));

  it('of clients are read in every form, and those that are too old are refused and counted as such', async () => {
    const server = await startSentry({ now: () => Date.now() });
    try {
      const now = Date.now();
      const at = (time: number) => new Date(time).toISOString();
      const attrs = { release: 'shop@1.0', environment: 'production' };
      const session = (sid: string, fields: object) => ({
        sid,
        started: at(now),
        timestamp: at(now),
        attrs,
        ...fields,
      });
      const body = envelopeOf(
        {},
        [{ type: 'session' }, session('s1', { init: true, status: 'ok', did: 'u1' })],
        [{ type: 'session' }, session('s1', { status: 'crashed', timestamp: at(now + 5) })],
        [{ type: 'session' }, session('s2', { status: 'exited', errors: 2, seq: 3, did: 'u2' })],
        [{ type: 'session' }, session('s3', { status: 'unhandled', did: 'u2' })],
        [{ type: 'session' }, session('s4', { status: 'exited', started: at(now - 9 * DAY_MS) })],
        [{ type: 'sessions' }, { attrs, aggregates: [{ started: at(now), exited: 3, crashed: 1 }] }],
      );
      assert.equal((await postSentry(server, 'envelope/', body)).status, 200);
      const [row, ...further] = await server.store.sessions.days({
        ...PRODUCT,
        since: '2000-01-01',
        limit: 10,
      });
      assert.deepEqual(further, []);
      assert.deepEqual(
        { ...row, day: '' },
        {
          ...{
            day: '',
            release: 'shop@1.0',
            environment: 'production',
            sessions: 7,
            errored: 1,
            unhandled: 1,
          },
          ...{ abnormal: 0, crashed: 2, users: 2, crashedUsers: 1 },
        },
      );
      const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 10 });
      assert.equal(counts.find(({ kind }) => kind === 'session')?.count, 1);
    } finally {
      await server.close();
    }
  });

  it('pings of Mayday’s own clients count, too', async () => {
    const server = await startSentry();
    try {
      const ping = (payload: string) =>
        fetch(`${server.url}/api/1/default/products/shop/session`, { method: 'POST', body: payload });
      const line = { sid: 'x', status: 'ok', release: '2.0', environment: 'nightly', user: 'host-1' };
      assert.equal(await (await ping(JSON.stringify(line))).text(), 'response=ok');
      assert.equal((await ping(`${JSON.stringify({ ...line, status: 'crashed' })}\n`)).status, 200);
      const faulty = await ping('{"status":"ok"}');
      assert.equal(faulty.status, 400);
      assert.match(await faulty.text(), /^response=invalid-report&problem=session/);
      const [row] = await server.store.sessions.days({ ...PRODUCT, since: '2000-01-01', limit: 10 });
      assert.deepEqual([row?.release, row?.sessions, row?.crashed, row?.users], ['2.0', 1, 1, 1]);
    } finally {
      await server.close();
    }
  });

  it('of many users and releases leave a bounded number of rows', () =>
    withStore({ now: () => NOON, housekeeping: false }, async (store) => {
      await store.people.createProductByHand('default', 'shop');
      for (let batch = 0; batch < 10; batch += 1) {
        const updates = Array.from({ length: 100 }, (_, index): SessionUpdate => {
          const name = `${batch}-${index}`;
          return {
            ...{ sid: name, outcome: 'healthy', final: true, rank: 1, startedAt: NOON },
            ...{ user: name, release: name, environment: 'production' },
          };
        });
        await store.intake.putSessions('default', 'shop', { updates, buckets: [] });
      }
      const rows = await store.sessions.days({ ...PRODUCT, since: '2026-01-01', limit: 5000 });
      assert.equal(rows.length, 501);
      assert.equal(
        rows.reduce((sum, { sessions }) => sum + sessions, 0),
        1000,
      );
    }));
});
