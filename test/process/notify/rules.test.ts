// The pure rules: spikes, quiet hours, spacing, backoff, addresses, the words of mails.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  addressRefusal,
  guardedLookup,
  isPrivateAddress,
} from '../../../src/process/notify/address-guard.ts';
import { backoffMs } from '../../../src/process/notify/delivery-backoff.ts';
import { mailBody } from '../../../src/process/notify/mail-body.ts';
import { MailSpacing } from '../../../src/process/notify/mail-spacing.ts';
import { readPayload, writePayload } from '../../../src/store/notice-payload.ts';
import type { BugNotice, Payload } from '../../../src/store/notice-payload.ts';
import { afterQuiet } from '../../../src/process/notify/quiet-hours.ts';
import { signatureOf } from '../../../src/alerts/targets/webhook-signature.ts';
import { dayOf, spikeOf } from '../../../src/process/notify/spike.ts';
import { slackBody } from '../../../src/alerts/targets/target-slack.ts';
import { DAY, HOUR, MINUTE, MORNING } from './support/notify-harness.ts';

/** A series that ends today; the last number is today's. */
function series(counts: readonly number[]) {
  return counts.map((count, n) => ({ day: dayOf(MORNING - (counts.length - 1 - n) * DAY), count }));
}

const days = (count: number, length: number): readonly number[] => Array.from({ length }, () => count);

function spikes(counts: readonly number[], ageDays = counts.length - 1): boolean {
  return spikeOf(series(counts), { now: MORNING, firstSeenAt: MORNING - ageDays * DAY }) !== null;
}

describe('a spike', () => {
  test('is more than ten in a day of a bug that is mostly silent', () => {
    assert.equal(spikes([1, ...days(0, 27), 11]), true);
    assert.equal(spikes([1, ...days(0, 27), 10]), false);
  });

  test('is more than three usual days of a steady bug', () => {
    assert.equal(spikes([...days(100, 28), 301]), true);
    assert.equal(spikes([...days(100, 28), 300]), false);
  });

  test('needs more where days differ much', () => {
    const bursts = [0, 0, 0, 0, 0, 0, 100];
    const restless = [...bursts, ...bursts, ...bursts, ...bursts];
    assert.equal(spikes([...restless, 140]), false);
    assert.equal(spikes([...restless, 160]), true);
  });

  test('needs a week of history: a younger bug was told as new', () => {
    assert.equal(spikes([...days(1, 6), 100]), false);
    assert.equal(spikes([...days(1, 7), 100]), true);
  });

  test('counts days before the bug was there not as history', () => {
    assert.equal(spikes([...days(20, 10), 55], 10), false);
    assert.equal(spikes([...days(20, 10), 61], 10), true);
  });

  test('adds up versions and platforms of a day', () => {
    const today = dayOf(MORNING);
    const history = series([...days(1, 28), 6]);
    const spike = spikeOf([...history, { day: today, count: 6 }], { now: MORNING, firstSeenAt: 0 });
    assert.equal(spike?.today, 12);
  });

  test('whatever the history, more crashes never end a spike', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 28, maxLength: 28 }),
        fc.nat(10_000),
        fc.nat(1000),
        (history, today, more) => !spikes([...history, today]) || spikes([...history, today + more]),
      ),
    );
  });
});

describe('quiet hours', () => {
  const at = (hour: number) => Date.UTC(2026, 10, 18, hour, 30);

  test('end at their last hour', () => {
    assert.equal(afterQuiet({ from: 9, to: 14 }, at(8)), at(8));
    assert.equal(afterQuiet({ from: 9, to: 14 }, at(9)), Date.UTC(2026, 10, 18, 14));
    assert.equal(afterQuiet({ from: 9, to: 14 }, at(14)), at(14));
  });

  test('go over midnight', () => {
    assert.equal(afterQuiet({ from: 22, to: 6 }, at(23)), Date.UTC(2026, 10, 19, 6));
    assert.equal(afterQuiet({ from: 22, to: 6 }, at(3)), Date.UTC(2026, 10, 18, 6));
    assert.equal(afterQuiet({ from: 22, to: 6 }, at(12)), at(12));
  });

  test('end within a day, at a moment that is not quiet', () => {
    fc.assert(
      fc.property(fc.nat(23), fc.nat(23), fc.nat(4_000_000_000_000), (from, to, moment) => {
        const end = afterQuiet({ from, to }, moment);
        return end >= moment && end - moment <= DAY && afterQuiet({ from, to }, end) === end;
      }),
    );
  });
});

test('mails keep their distance, and what waits goes together', () => {
  const spacing = new MailSpacing(5 * MINUTE);
  assert.equal(spacing.dueFor('ann', 0), 0);
  assert.equal(spacing.dueFor('ann', MINUTE), 5 * MINUTE);
  assert.equal(spacing.dueFor('ann', 2 * MINUTE), 5 * MINUTE);
  assert.equal(spacing.dueFor('bob', 2 * MINUTE), 2 * MINUTE);
  assert.equal(spacing.dueFor('ann', 6 * MINUTE), 10 * MINUTE);
  assert.equal(spacing.dueFor('ann', HOUR), HOUR);
});

test('pauses double up to a bound', () => {
  const pause = (attempts: number) => backoffMs(attempts, { maxMs: 15 * MINUTE, random: 0.5 });
  assert.deepEqual([0, 1, 2, 3, 6, 1000].map(pause), [10_000, 10_000, 20_000, 40_000, 320_000, 900_000]);
});

describe('addresses', () => {
  test('of this machine and of private networks are private, in every way to write them', () => {
    for (const address of [
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:a00:1',
      '::7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'fe80::1%eth0',
      'fd12::1',
      'ff02::1',
      'not an address',
    ]) {
      assert.equal(isPrivateAddress(address), true, address);
    }
  });

  test('of the public Internet are not', () => {
    for (const address of [
      '1.1.1.1',
      '172.32.0.1',
      '8.8.8.8',
      '2606:4700::1111',
      '2a00:1450::1',
      '::ffff:8.8.8.8',
    ]) {
      assert.equal(isPrivateAddress(address), false, address);
    }
  });

  test('a name is refused when any of its addresses is private, and else only its checked addresses are used', () => {
    const answers = (addresses: readonly string[]) =>
      guardedLookup(((_name: string, _options: object, callback: (...args: unknown[]) => void) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        )) as unknown as Parameters<typeof guardedLookup>[0]);
    const seen: unknown[] = [];
    const see = (error: Error | null, address: unknown): void => void seen.push(error?.name ?? address);
    answers(['8.8.8.8', '10.0.0.1'])('rebind.example', {}, see);
    answers(['8.8.8.8', '1.1.1.1'])('fine.example', {}, see);
    answers([])('none.example', {}, see);
    assert.deepEqual(seen, ['RefusedAddressError', '8.8.8.8', 'Error']);
  });

  test('a private address is refused when it is typed, a name that leads nowhere yet is not', async () => {
    const answers = (addresses: readonly string[] | null) =>
      ((_name: string, _options: object, callback: (...args: unknown[]) => void) =>
        addresses === null
          ? callback(new Error('ENOTFOUND'), [])
          : callback(
              null,
              addresses.map((address) => ({ address, family: 4 })),
            )) as unknown as Parameters<typeof addressRefusal>[1];
    const said = async (url: string, addresses: readonly string[] | null) =>
      (await addressRefusal(new URL(url), answers(addresses)))?.message ?? null;
    assert.match(
      (await said('http://10.0.0.1/in', null)) ?? '',
      /^10\.0\.0\.1 is a private address; WEBHOOK_ALLOW_PRIVATE/,
    );
    assert.match((await said('http://[::1]:8080/', null)) ?? '', /^::1 is a private address/);
    assert.match(
      (await said('https://inside.example/', ['8.8.8.8', '127.0.0.1'])) ?? '',
      /at the private address 127/,
    );
    assert.equal(await said('https://fine.example/', ['8.8.8.8']), null);
    assert.equal(await said('https://later.example/', null), null);
  });
});

describe('a mail', () => {
  const notice = (fields: Partial<BugNotice['bug']> = {}): Payload => ({
    notice: 'new',
    at: MORNING,
    spike: null,
    quietHours: null,
    bug: {
      id: 7,
      account: 'default',
      product: 'Piano',
      title: 'overflow()',
      message: '',
      kind: 'native',
      language: null,
      severity: 'normal',
      state: 'open',
      count: 1,
      installations: 0,
      firstSeenAt: MORNING,
      lastSeenAt: MORNING,
      firstVersion: null,
      lastVersion: null,
      assignee: null,
      ticket: null,
      newestReport: null,
      ...fields,
    },
  });
  const URL_OF_REPORTS = 'https://mayday.example';

  test('has a subject of one bounded line, whatever the title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (title) => {
        const { subject } = mailBody([notice({ title })], URL_OF_REPORTS);
        return subject.length <= 150 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject);
      }),
    );
  });

  test('has no markup in its HTML that a title brought', () => {
    const plain = mailBody([notice()], URL_OF_REPORTS).html.match(/</g)?.length;
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', ' ') }), (text) => {
        const { html } = mailBody([notice({ title: text, product: text })], URL_OF_REPORTS);
        return html.match(/</g)?.length === plain;
      }),
    );
  });

  test('describes fifty bugs and counts the rest', () => {
    const { text, subject } = mailBody(
      Array.from({ length: 60 }, (_, id) => notice({ id, title: `title ${id}.` })),
      URL_OF_REPORTS,
    );
    assert.equal(subject, '[Piano] 60 new');
    assert.ok(text.includes('title 49.') && !text.includes('title 50.'));
    assert.ok(text.includes('And 10 more: https://mayday.example/bugs'));
  });

  test('and Slack texts say how often and where', () => {
    const much = notice({
      count: 17,
      installations: 4,
      firstVersion: '1.2',
      lastVersion: '1.4',
      message: 'a & b',
    });
    const { text } = JSON.parse(slackBody(much, { reportsUrl: URL_OF_REPORTS })) as { readonly text: string };
    assert.equal(
      text,
      '*New bug* in Piano: <https://mayday.example/bugs/7|overflow()>\na &amp; b\n17 times, 4 installations · version 1.2 to 1.4',
    );
  });

  test('a payload is read back as it was written, and others are not read', () => {
    assert.deepEqual(readPayload(writePayload(notice())), { version: 1, ...notice() });
    for (const json of [
      '',
      'null',
      '[]',
      '{"version":2}',
      '{"version":1,"notice":"new"}',
      '{"version":1,"notice":"x","bug":{}}',
    ]) {
      assert.equal(readPayload(json), null, json);
    }
  });
});

test('the signature is what docs/notifications.md computes', () => {
  // printf '{"a":1}' | openssl dgst -sha256 -hmac key
  assert.equal(
    signatureOf('{"a":1}', 'key'),
    'sha256=88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342',
  );
});
