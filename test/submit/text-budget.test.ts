// The one budget of texts that uploads hold.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { TextBudget, type TextHolder } from '../../src/submit/text-budget.ts';
import { dump, form, FORM_TYPE, postForm, withServer } from './harness.ts';

const KIB = 1024;

interface Holder extends TextHolder {
  rawBytes: number;
  complete: boolean;
  readonly endedWith: string[];
}

const holder = (): Holder => ({
  rawBytes: 0,
  waitsForClient: true,
  complete: false,
  endedWith: [],
  abort({ code }) {
    this.endedWith.push(code);
  },
});

/** Whether a turn has come. */
async function hasCome(turn: void | Promise<void>): Promise<boolean> {
  if (turn === undefined) return true;
  return Promise.race([
    turn.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}

test('an upload takes all that it may come to need at once, and what it does not need goes to others', async () => {
  const budget = new TextBudget(1000 * KIB);
  const [a, b] = [holder(), holder()];
  assert.equal(budget.hold(a, 20 * KIB, 500 * KIB), undefined);
  assert.equal(budget.hold(a, 400 * KIB, 100 * KIB), undefined, 'it was taken before');
  const turn = budget.hold(b, 300 * KIB, 0);
  assert.equal(await hasCome(turn), false, 'large texts have three of four parts');
  budget.settle(a);
  assert.equal(budget.taken, 420 * KIB + 300 * KIB);
  assert.equal(await hasCome(turn), true);
});

test('two parts of one upload wait together, and give everything back', async () => {
  const budget = new TextBudget(1000 * KIB);
  const [a, b] = [holder(), holder()];
  assert.equal(budget.hold(a, 700 * KIB, 0), undefined);
  const turns = [budget.hold(b, 300 * KIB, 100 * KIB), budget.hold(b, 200 * KIB, 0)];
  assert.deepEqual(await Promise.all(turns.map(hasCome)), [false, false]);
  budget.close(a);
  assert.deepEqual(await Promise.all(turns.map(hasCome)), [true, true]);
  assert.equal(budget.taken, 500 * KIB);
  budget.close(b);
  assert.equal(budget.taken, 0);
  assert.equal(budget.hold(a, 700 * KIB, 0), undefined, 'nobody waits any more');
});

test('the first 16 KB of an upload never wait, and small texts pass large ones', async () => {
  const budget = new TextBudget(1000 * KIB);
  const large = [holder(), holder(), holder()];
  const turns = large.map((each) => budget.hold(each, 700 * KIB, 0));
  assert.deepEqual(await Promise.all(turns.map(hasCome)), [true, false, false]);
  assert.equal(budget.hold(holder(), 200 * KIB, 0), undefined);
  const small = budget.hold(holder(), 200 * KIB, 0);
  assert.equal(await hasCome(small), false, 'the budget has an end for small ones, too');
  assert.equal(budget.hold(holder(), 16 * KIB, 4000 * KIB), undefined);
  budget.close(large[0] ?? assert.fail());
  assert.deepEqual(await Promise.all([...turns, small].map(hasCome)), [true, true, false, false], 'in turn');
});

test('one upload alone may have more than all together, and those that wait for one another do not wait for ever', async () => {
  const budget = new TextBudget(100 * KIB);
  const [a, b] = [holder(), holder()];
  assert.equal(budget.hold(a, 90 * KIB, 0), undefined);
  const turnOfB = budget.hold(b, 90 * KIB, 0);
  assert.equal(await hasCome(turnOfB), false);
  const turnOfA = budget.hold(a, 500 * KIB, 0);
  assert.equal(await hasCome(turnOfB), true, 'each waited for the other, and it came first');
  assert.equal(await hasCome(turnOfA), false);
  budget.close(b);
  assert.equal(await hasCome(turnOfA), true);
  budget.close(a);
  assert.equal(budget.taken, 0);
});

test('who waits too long is told to come again, and who trickles while others wait is ended', async () => {
  let now = 0;
  const budget = new TextBudget(1000 * KIB, () => now);
  const [trickles, complete, waits] = [holder(), holder(), holder()];
  complete.complete = true;
  assert.equal(budget.hold(trickles, 400 * KIB, 0), undefined);
  assert.equal(budget.hold(complete, 300 * KIB, 0), undefined);
  const turn = budget.hold(waits, 400 * KIB, 0) ?? assert.fail();
  const refused = assert.rejects(turn, { code: 'too_much_text' });
  for (now = 1000; now <= 5000; now += 1000) budget.sweep();
  assert.deepEqual(trickles.endedWith, [], 'nobody has waited long');
  now = 6000;
  budget.sweep();
  assert.deepEqual(trickles.endedWith, ['too_much_text']);
  assert.deepEqual(complete.endedWith, [], 'the server holds it up, not its client');
  now = 60_000;
  budget.sweep();
  await refused;
});

test('uploads with more text than the budget holds wait for one another, and all are stored', async () => {
  await withServer({ limits: { maxUploadTextBytes: 64 * KIB } }, async (server) => {
    const text = 'x'.repeat(50 * KIB);
    const parts = (number: number) => [
      { name: 'n', value: String(number) },
      { name: 'a', value: text },
      { name: 'b', value: text },
      dump(),
    ];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, number) => postForm(server, parts(number))),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(server.store.reports.length, 12);
  });
});

test('a client that sends half of its texts and no more is ended when others need them, in the words of its protocol', async () => {
  await withServer({ limits: { maxUploadTextBytes: 64 * KIB, idleTimeoutMs: 60_000 } }, async (server) => {
    const socket = net.connect(server.port, '127.0.0.1');
    const body = form([{ name: 'a', value: 'x'.repeat(60 * KIB) }, dump('x'.repeat(1000))]);
    socket.write(
      `POST /submit HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.subarray(0, 50 * KIB));
    const answered = once(socket, 'data') as Promise<[Buffer]>;
    const honest = await postForm(server, [{ name: 'a', value: 'y'.repeat(60 * KIB) }]);
    assert.equal(honest.status, 200);
    const [answer] = await answered;
    assert.match(answer.toString(), /^HTTP\/1\.1 503 [^]*Retry-After: 60\r\n[^]*Discarded=too_much_text$/);
    socket.destroy();
  });
});
