// Turns of large bodies.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { UploadLanes, type LaneMember } from '../../src/submit/upload-lanes.ts';
import { dump, FIN, postForm, raw, request, withServer } from './harness.ts';

interface Moving extends LaneMember {
  rawBytes: number;
  waitsForClient: boolean;
  idleFor: number;
  readonly endedWith: string[];
}

const body = (): Moving => ({
  rawBytes: 300_000,
  waitsForClient: true,
  idleFor: 0,
  endedWith: [],
  idleMs() {
    return this.idleFor;
  },
  abort({ code }) {
    this.endedWith.push(code);
  },
});

/** Whether a turn has come. */
async function hasCome(turn: Promise<void> | undefined): Promise<boolean> {
  if (turn === undefined) return true;
  return Promise.race([
    turn.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}

test('bodies wait while all lanes are taken, and come in order', async () => {
  const lanes = new UploadLanes(2);
  const [a, b, c, d] = [body(), body(), body(), body()] as const;
  assert.equal(lanes.enter(a), undefined);
  assert.equal(lanes.enter(b), undefined);
  const turnOfC = lanes.enter(c);
  const turnOfD = lanes.enter(d);
  assert.equal(await hasCome(turnOfC), false);
  lanes.leave(b);
  assert.equal(await hasCome(turnOfC), true);
  assert.equal(await hasCome(turnOfD), false);
  lanes.leave(c);
  assert.equal(await hasCome(turnOfD), true);
});

test('long bodies let those pass that may be done soon, wait again, and keep a part of the lanes', async () => {
  const lanes = new UploadLanes(4);
  const long = Array.from({ length: 4 }, () => ({ ...body(), rawBytes: 25_000_000 }));
  for (const each of long) assert.equal(lanes.enter(each), undefined);
  const short = Array.from({ length: 4 }, body);
  const turns = short.map((each) => lanes.enter(each));
  assert.deepEqual(await Promise.all(turns.map(hasCome)), [true, true, true, false]);
  const sentBack = long.filter((each) => lanes.wasSentBack(each));
  assert.equal(sentBack.length, 3);
  assert.ok(
    sentBack.every((each) => !lanes.wasSentBack(each)),
    'told once',
  );
  const [again] = sentBack.map((each) => lanes.enter(each));
  assert.equal(await hasCome(again), false);
  for (const each of short.slice(0, 1)) lanes.leave(each);
  assert.equal(await hasCome(turns[3]), true, 'short ones go first');
  const last = long.find((each) => !sentBack.includes(each));
  if (last !== undefined) lanes.leave(last);
  assert.equal(await hasCome(again), true, 'long ones have their part');
});

test('a body that ends while it waits frees nothing and takes nothing', async () => {
  const lanes = new UploadLanes(1);
  const [a, b, c] = [body(), body(), body()] as const;
  void lanes.enter(a);
  void lanes.enter(b);
  const turnOfC = lanes.enter(c);
  lanes.leave(b);
  assert.equal(await hasCome(turnOfC), false);
  lanes.leave(a);
  assert.equal(await hasCome(turnOfC), true);
});

test('a body that trickles loses its lane; one that the server holds up does not', async () => {
  for (const [waitsForClient, bytes, comes] of [
    [true, 1000, true],
    [true, 10_000_000, false],
    [false, 1000, false],
  ] as const) {
    const lanes = new UploadLanes(1);
    const a = body();
    void lanes.enter(a);
    const turn = lanes.enter(body());
    const start = performance.now();
    lanes.sweep(start + 1000);
    a.rawBytes += bytes;
    a.waitsForClient = waitsForClient;
    lanes.sweep(start + 2000);
    assert.equal(await hasCome(turn), comes);
  }
});

test('bodies that send their first bytes and then trickle keep nobody waiting, however many they are', async () => {
  const timers: (() => void)[] = [];
  const lanes = new UploadLanes(2, { now: () => 0, after: (_ms, call) => void timers.push(call) });
  for (let at = 0; at < 50; at += 1) {
    const attacker = body();
    await lanes.enter(attacker);
    attacker.idleFor = 1000;
  }
  // All lanes are theirs, and one that has bytes takes one over at once.
  assert.equal(lanes.enter(body()), undefined);
  assert.equal(lanes.enter(body()), undefined);
  // Those in the lanes are busy now: the next waits until one of them is idle.
  const busy = body();
  const turn = lanes.enter(busy);
  assert.equal(await hasCome(turn), false);
  timers.shift()?.();
  assert.equal(await hasCome(turn), false);
  assert.equal(timers.length, 1);
});

test('of bodies that trickle outside of the lanes only so many stay: the slowest are ended, a slow line is not', () => {
  const lanes = new UploadLanes(1, { now: () => 0, after: () => undefined }, 3);
  const slowLine = body();
  const attackers = Array.from({ length: 6 }, () => body());
  for (const member of [...attackers, slowLine]) {
    void lanes.enter(member);
    member.idleFor = 1000;
  }
  const heldUp = body();
  void lanes.enter(heldUp);
  heldUp.waitsForClient = false;
  for (let second = 1; second <= 3; second += 1) {
    slowLine.rawBytes += 20_000;
    lanes.sweep(second * 1000);
    for (const attacker of attackers) if (attacker.endedWith.length > 0) lanes.leave(attacker);
  }
  const ended = attackers.filter(({ endedWith }) => endedWith.includes('too_many_slow'));
  assert.ok(ended.length >= 3, `${ended.length} were ended`);
  assert.deepEqual([slowLine.endedWith, heldUp.endedWith], [[], []]);
});

test('a body that the server holds up is not idle', async () => {
  const timers: (() => void)[] = [];
  const lanes = new UploadLanes(1, { now: () => 0, after: (_ms, call) => void timers.push(call) });
  const first = body();
  void lanes.enter(first);
  const turn = lanes.enter(body());
  timers.shift()?.();
  assert.equal(await hasCome(turn), false);
  first.idleFor = 100;
  timers.shift()?.();
  assert.equal(await hasCome(turn), true);
});

test('many large uploads at once, some of them cut, all come to an end', () =>
  withServer({}, async (server) => {
    server.store.state.writeDelayMs = 5;
    const large = (n: number) =>
      postForm(server, [{ name: 'n', value: String(n) }, dump(Buffer.alloc(700_000, n))]);
    const cut = raw(server.port, [
      'POST /submit HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 3000000\r\n\r\n',
      '--b\r\nContent-Disposition: form-data; name="d"; filename="d"\r\n\r\n',
      Buffer.alloc(500_000),
      20,
      FIN,
    ]);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => large(n)));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.match((await cut).text, /^HTTP\/1\.1 400 /);
    assert.equal(server.store.reports.length, 40);
    assert.equal(server.store.openDrafts, 0);
    assert.equal((await request(server, '/__lbheartbeat__')).status, 200);
  }));

test('connections beyond the limit are closed, and those below it go on', () =>
  withServer({ limits: { maxConnections: 2 } }, async (server) => {
    const held = await Promise.all([connected(server.port), connected(server.port)]);
    const third = net.connect(server.port, '127.0.0.1');
    third.on('error', () => undefined);
    await once(third, 'close');
    held[0]?.destroy();
    await once(held[0] ?? third, 'close');
    const answer = await request(server, '/__lbheartbeat__');
    assert.equal(answer.status, 200);
    held[1]?.destroy();
  }));

async function connected(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
