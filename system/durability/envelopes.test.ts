// What Sentry's clients were told is kept, is kept: the server is killed with SIGKILL while envelopes come in, with attachments beside
// their event, before it and after it. KILL_ROUNDS raises the number of kills.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../requests.ts';
import {
  ADMIN_TOKEN,
  getAttachment,
  getReport,
  listReports,
  startServer,
  type TestServer,
} from '../server.ts';

const ROUNDS = Math.max(3, Math.floor(Number(process.env['KILL_ROUNDS'] ?? 8) / 2));
const MIN_ACKNOWLEDGED = 20;
const CONNECTIONS = 16;
const SIZES = [50, 5000, 90_000, 300_000];

/** What was answered 200, by event: the parts that it must have. */
type Promised = Map<string, Set<string>>;

interface Dsn {
  readonly id: string;
  readonly key: string;
}

async function dsnOf(server: TestServer): Promise<Dsn> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ account: 'default', name: 'envelopes' });
  await fetch(`${server.reportsUrl}/api/products`, { method: 'POST', headers, body });
  const answer = await fetch(`${server.reportsUrl}/api/products/default/envelopes/clients`, { headers });
  const { keys } = (await answer.json()) as { readonly keys: readonly { readonly dsn: string }[] };
  const dsn = new URL(keys[0]?.dsn ?? '');
  return { id: dsn.pathname.slice(1), key: dsn.username };
}

function item(header: object, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${JSON.stringify({ ...header, length: payload.length })}\n`),
    payload,
    Buffer.from('\n'),
  ]);
}

/** Sends envelopes until `stop()`; an event comes alone, with its attachment, or the attachment comes in an envelope of its own. */
async function hammer(
  server: TestServer,
  { id, key }: Dsn,
  promised: Promised,
  stop: () => boolean,
): Promise<void> {
  const post = async (eventId: string, items: readonly Buffer[]): Promise<boolean> => {
    const head = Buffer.from(`${JSON.stringify({ event_id: eventId })}\n`);
    const answer = await fetch(`${server.submitUrl}/api/${id}/envelope/?sentry_key=${key}`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([head, ...items])),
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  };
  const keep = (eventId: string, part: Buffer): void => {
    const parts = promised.get(eventId) ?? new Set();
    parts.add(sha256(part));
    promised.set(eventId, parts);
  };
  const worker = async (number: number): Promise<void> => {
    for (let turn = number; !stop(); turn += 1) {
      const eventId = randomBytes(16).toString('hex');
      const event = Buffer.from(JSON.stringify({ event_id: eventId, message: `envelope ${eventId}` }));
      const file = randomBytes(SIZES[turn % SIZES.length] ?? 50);
      const [eventItem, fileItem] = [
        item({ type: 'event' }, event),
        item({ type: 'attachment', filename: 'state.bin' }, file),
      ];
      const orders = [
        [
          [eventItem, event],
          [fileItem, file],
        ],
        [
          [fileItem, file],
          [eventItem, event],
        ],
      ] as const;
      try {
        if (turn % 3 === 0) {
          if (await post(eventId, [eventItem, fileItem]))
            for (const part of [event, file]) keep(eventId, part);
          continue;
        }
        for (const [one, part] of orders[turn % 2] ?? []) if (await post(eventId, [one])) keep(eventId, part);
      } catch {
        // The server was killed meanwhile: nothing was promised.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, number) => worker(number)));
}

async function faults(server: TestServer, promised: Promised): Promise<readonly string[]> {
  const found: string[] = [];
  const stored = new Map<string, Set<string>>();
  for (const { crashId } of await listReports(server)) {
    const report = await getReport(server, crashId);
    const eventId = report.annotations.find(({ key }) => key === 'event_id')?.value ?? '';
    if (stored.has(eventId)) found.push(`event ${eventId} is stored twice`);
    const hashes = new Set<string>();
    for (const { name, sha256: hash } of report.attachments) {
      const content = await getAttachment(server, crashId, name);
      if (sha256(content) !== hash) found.push(`${eventId}/${name} is not whole`);
      hashes.add(hash);
    }
    stored.set(eventId, hashes);
  }
  for (const [eventId, parts] of promised) {
    const hashes = stored.get(eventId);
    // An attachment whose event was never acknowledged may wait for it for good.
    const hasEvent = hashes !== undefined;
    if (!hasEvent && parts.size > 1) found.push(`event ${eventId} is lost`);
    for (const part of parts) if (hasEvent && !hashes.has(part)) found.push(`event ${eventId} lacks a part`);
  }
  return found;
}

test(`${ROUNDS} kills under envelopes lose nothing that was acknowledged`, async () => {
  let server = await startServer();
  const promised: Promised = new Map();
  let stopped = false;
  try {
    const dsn = await dsnOf(server);
    for (let round = 0; round < ROUNDS; round += 1) {
      stopped = false;
      const before = promised.size;
      const load = hammer(server, dsn, promised, () => stopped);
      do await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 700));
      while (promised.size - before < MIN_ACKNOWLEDGED);
      await server.kill();
      stopped = true;
      await load;
      server = await server.restart();
    }
    assert.ok(promised.size >= ROUNDS * MIN_ACKNOWLEDGED);
    assert.deepEqual(await faults(server, promised), []);
  } finally {
    stopped = true;
    await server.remove();
  }
});
