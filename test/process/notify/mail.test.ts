// Mail, against a real SMTP server process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, HOUR, withHarness, MINUTE, MORNING, noticesSent, until } from './support/notify-harness.ts';
import { startMailServer } from './support/mail-server.ts';
import type { MailServer } from './support/mail-server.ts';

async function withMail(
  run: (server: MailServer) => Promise<void>,
  options: Parameters<typeof startMailServer>[0] = {},
): Promise<void> {
  const server = await startMailServer(options);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

test('a new bug is told by mail, with its facts, its address and where to change that', () =>
  withMail((server) =>
    withHarness(async (harness) => {
      await harness.person('ann@example.org');
      harness.start({ smtpUrl: server.url });
      const bugId = await harness.crash('<b>größe</b>');
      await until('a mail', () => server.mails.length === 1);
      const [mail] = server.mails;
      assert.deepEqual([mail?.from, mail?.to], ['mayday@mayday.example', ['ann@example.org']]);
      assert.equal(mail?.subject, '[Piano] New bug: <b>größe</b>()');
      assert.match(mail.text, /New bug: <b>größe<\/b>\(\)\n.*Product: Piano\n.*Version: 1\.0\n/s);
      assert.ok(mail.text.includes(`https://mayday.example/bugs/${bugId}`));
      assert.ok(mail.text.includes('https://mayday.example/account#notifications'));
      assert.ok(mail.html.includes('&lt;b&gt;größe&lt;/b&gt;()'));
      assert.ok(!mail.html.includes('<b>gr'));
      assert.equal(mail.headers['auto-submitted'], 'auto-generated');
      await until('delivered', async () => (await harness.deliveries())[0]?.state === 'delivered');
    }),
  ));

test('a mail server that is down delays a mail and loses nothing; it arrives once', () =>
  withHarness(async (harness) => {
    const first = await startMailServer();
    await first.stop();
    await harness.person('ann@example.org');
    harness.start({ smtpUrl: first.url });
    await harness.crash('overflow');
    await until(
      'a failed attempt',
      async () => (await harness.deliveries())[0]?.lastError?.includes('ECONNREFUSED') === true,
    );
    assert.equal((await harness.deliveries())[0]?.state, 'due');

    harness.clock.now += 5000;
    await harness.crash('underflow');
    await noticesSent(harness);
    await withMail(
      async (server) => {
        harness.clock.now += HOUR;
        await until('all delivered', async () =>
          (await harness.deliveries()).every(({ state }) => state === 'delivered'),
        );
        assert.equal((await harness.deliveries()).length, 2);
        const text = server.mails.map((mail) => mail.text).join('\n');
        assert.equal(text.split('New bug: overflow()').length - 1, 1);
        assert.equal(text.split('New bug: underflow()').length - 1, 1);
      },
      { port: first.port },
    );
  }));

test('mails wait for the end of quiet hours', () =>
  withMail((server) =>
    withHarness(async (harness) => {
      await harness.person('ann@example.org', { quietHours: { from: 9, to: 14 } });
      await harness.person('bob@example.org');
      harness.start({ smtpUrl: server.url });
      await harness.crash('overflow');
      await until('the mail to Bob', () => server.mails.length === 1);
      assert.deepEqual(server.mails[0]?.to, ['bob@example.org']);
      const waiting = (await harness.deliveries()).find(({ target }) => target === 'ann@example.org');
      assert.equal(waiting?.dueAt, MORNING + 4 * HOUR);
      harness.clock.now = MORNING + 4 * HOUR;
      await until('the mail to Ann', () => server.mails.length === 2);
      assert.deepEqual(server.mails[1]?.to, ['ann@example.org']);
    }),
  ));

test('a mail whose time came while nothing ran does not go out in quiet hours', () =>
  withMail((server) =>
    withHarness(async (harness) => {
      await harness.person('ann@example.org', { quietHours: { from: 22, to: 6 } });
      const planner = harness.start({ smtpUrl: 'smtp://127.0.0.1:1' });
      await harness.crash('overflow');
      await until(
        'a failed attempt',
        async () => (await harness.deliveries())[0]?.lastError?.includes('ECONNREFUSED') === true,
      );
      await planner.close();
      harness.clock.now = MORNING + 13 * HOUR;
      harness.start({ smtpUrl: server.url });
      await until('put back', async () => (await harness.deliveries())[0]?.dueAt === MORNING + 20 * HOUR);
      assert.equal(server.mails.length, 0);
      harness.clock.now = MORNING + 20 * HOUR;
      await until('the mail', () => server.mails.length === 1);
    }),
  ));

test('ignored bugs are silent, also when they were ignored while the mail waited', () =>
  withMail((server) =>
    withHarness(async (harness) => {
      await harness.person('ann@example.org', { quietHours: { from: 9, to: 14 } });
      harness.start({ smtpUrl: server.url });
      const ignored = await harness.crash('noise');
      await noticesSent(harness);
      await harness.store.bugs.ignoreBug(ignored, 'ann', { until: null, untilCount: null });
      harness.clock.now = MORNING + 5 * HOUR;
      await until('given up', async () => (await harness.deliveries())[0]?.state === 'given_up');
      assert.match((await harness.deliveries())[0]?.lastError ?? '', /ignored/);

      harness.clock.now += 2 * DAY;
      assert.equal(await harness.crash('noise'), ignored);
      await noticesSent(harness);
      assert.equal((await harness.deliveries()).length, 1);
      assert.equal(server.mails.length, 0);
    }),
  ));

test('what happens within five minutes comes in one mail', () =>
  withMail((server) =>
    withHarness(async (harness) => {
      await harness.person('ann@example.org');
      harness.start({ smtpUrl: server.url });
      await harness.crash('first');
      await until('a mail', () => server.mails.length === 1);
      for (const key of ['second', 'third']) await harness.crash(key);
      await harness.crash('fourth', { product: 'Organ' });
      await noticesSent(harness);
      assert.equal(server.mails.length, 1);
      harness.clock.now += 5 * MINUTE;
      await until('another mail', () => server.mails.length === 2);
      assert.equal(server.mails[1]?.subject, '3 new in 2 products');
      for (const key of ['second', 'third', 'fourth']) assert.ok(server.mails[1].text.includes(`${key}()`));
      await until('all delivered', async () =>
        (await harness.deliveries()).every(({ state }) => state === 'delivered'),
      );
      assert.equal(server.mails.length, 2);
    }),
  ));

test('an address that the mail server refuses does not keep others from their mail', () =>
  withMail(
    (server) =>
      withHarness(async (harness) => {
        await harness.person('gone@example.org');
        await harness.person('ann@example.org');
        harness.start({ smtpUrl: server.url });
        await harness.crash('overflow');
        await until('the other mail', () => server.mails.length === 1);
        assert.deepEqual(server.mails[0]?.to, ['ann@example.org']);
        await until('the refusal', async () =>
          (await harness.deliveries()).some(({ lastError }) => /550|no such mailbox/.test(lastError ?? '')),
        );
        harness.clock.now += 15 * DAY;
        await until('given up', async () =>
          (await harness.deliveries()).some(({ state }) => state === 'given_up'),
        );
      }),
    { refused: ['gone@example.org'] },
  ));

test('a person who may no longer sign in gets no mail', () =>
  withMail((server) =>
    withHarness(async (harness) => {
      const id = await harness.person('ann@example.org', { quietHours: { from: 9, to: 14 } });
      harness.start({ smtpUrl: server.url });
      await harness.crash('overflow');
      await noticesSent(harness);
      await harness.store.people.updateUser(id, { disabled: true });
      harness.clock.now = MORNING + 4 * HOUR;
      await until('given up', async () => (await harness.deliveries())[0]?.state === 'given_up');
      await harness.crash('underflow');
      await noticesSent(harness);
      assert.equal((await harness.deliveries()).length, 1);
      assert.equal(server.mails.length, 0);
    }),
  ));
