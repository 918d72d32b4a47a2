// Black-box: a crash that is posted becomes a mail at a real mail server and a signed webhook, also when both were down at first.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startMailServer } from '../test/process/notify/support/mail-server.ts';
import type { MailServer } from '../test/process/notify/support/mail-server.ts';
import { startReceiver } from '../test/process/notify/support/webhook-receiver.ts';
import type { WebhookReceiver } from '../test/process/notify/support/webhook-receiver.ts';
import { submit } from './requests.ts';
import { ADMIN_TOKEN, api, startServer } from './server.ts';
import type { TestServer } from './server.ts';

const PASSWORD = 'correct horse battery';
const EMAIL = 'ann@example.org';

/** Makes the first administrator with the one-time link that the server has printed; gives the cookie of the session. */
async function setUp(server: TestServer): Promise<string> {
  const link = /http:\/\/\S+(\/setup\/\S+)/.exec(server.output())?.[1] ?? '';
  const url = `${server.reportsUrl}${link}`;
  const page = await fetch(url);
  const cookie = cookiesOf(page);
  const csrf = csrfOf(await page.text());
  const answer = await post(server, url, cookie, {
    csrf,
    action: 'setup',
    name: 'Ann',
    email: EMAIL,
    password: PASSWORD,
    repeated: PASSWORD,
  });
  assert.equal(answer.status, 303, 'the first administrator could not be made');
  return cookiesOf(answer) || cookie;
}

function post(
  server: TestServer,
  url: string,
  cookie: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: server.reportsUrl },
    body: new URLSearchParams(fields),
  });
}

const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .join('; ');
const csrfOf = (html: string): string => /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';

/** Subscribes on the account page. */
async function subscribe(server: TestServer, cookie: string): Promise<void> {
  const url = `${server.reportsUrl}/account`;
  const page = await fetch(url, { headers: { cookie } });
  const csrf = csrfOf(await page.text());
  const fields = { csrf, action: 'subscribe', scope: 'default/', 'notice-new': 'yes' };
  assert.equal((await post(server, url, cookie, fields)).status, 303);
}

async function addWebhook(
  server: TestServer,
  url: string,
): Promise<{ readonly id: number; readonly secret: string }> {
  const answer = await api(server, '/api/webhooks', {
    method: 'POST',
    body: JSON.stringify({ url, notices: ['new'] }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()) as { readonly id: number; readonly secret: string };
}

function crash(server: TestServer, kind: string): Promise<unknown> {
  const trace = `java.lang.${kind}: no more\n\tat org.example.Shop.total(Shop.java:21)\n\tat org.example.Main.main(Main.java:7)`;
  return submit(server.submitUrl, [
    { name: 'ProductName', value: 'Shop' },
    { name: 'Version', value: '1.2.3' },
    { name: 'JavaStackTrace', value: trace },
  ]);
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

describe('notifications', () => {
  let mail: MailServer;
  let receiver: WebhookReceiver;
  let server: TestServer;

  before(async () => {
    mail = await startMailServer();
    receiver = await startReceiver();
    server = await startServer({
      env: {
        SMTP_URL: mail.url,
        MAIL_FROM: 'Mayday <mayday@mayday.example>',
        MAIL_SPACING_SECONDS: '0',
        WEBHOOK_ALLOW_PRIVATE: 'true',
        PUBLIC_REPORTS_URL: '',
      },
    });
  });

  after(async () => {
    await server.remove();
    await mail.stop();
    await receiver.stop();
  });

  test('a posted crash becomes a mail and a signed webhook, once each', async () => {
    await subscribe(server, await setUp(server));
    const webhook = await addWebhook(server, receiver.url);
    await crash(server, 'IllegalStateException');
    await until('a mail', () => mail.mails.length > 0);
    await until('a post', () => receiver.posts.length > 0);

    const [said] = mail.mails;
    assert.deepEqual(said?.to, [EMAIL]);
    assert.match(said.subject, /^\[Shop\] New bug: .*IllegalStateException/);
    const bugUrl = /http:\S+\/bugs\/\d+/.exec(said.text)?.[0] ?? '';
    const id = /\d+$/.exec(bugUrl)?.[0] ?? '';
    const bug = (await (await api(server, `/api/bugs/${id}`)).json()) as { readonly product: string };
    assert.equal(bug.product, 'Shop');

    const [posted] = receiver.posts;
    const hmac = createHmac('sha256', webhook.secret)
      .update(posted?.body ?? '')
      .digest('hex');
    assert.equal(posted?.headers['x-mayday-signature'], `sha256=${hmac}`);
    const body = JSON.parse(posted.body) as {
      readonly notice: string;
      readonly bug: { readonly id: number };
    };
    assert.deepEqual([body.notice, body.bug.id], ['new', Number(id)]);

    // The same crash again is neither new nor told.
    await crash(server, 'IllegalStateException');
    await crash(server, 'ArithmeticException');
    await until('the other mail', () => mail.mails.length > 1);
    await until('the other post', () => receiver.posts.length > 1);
    assert.match(mail.mails[1]?.subject ?? '', /ArithmeticException/);
    assert.deepEqual([mail.mails.length, receiver.posts.length], [2, 2]);
  });

  test('kill -9 and receivers that are down delay what is told and lose nothing', async () => {
    await mail.stop();
    await receiver.stop();
    await crash(server, 'NullPointerException');
    const metrics = async (): Promise<string> =>
      (
        await fetch(`${server.reportsUrl}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
      ).text();
    await until('a delayed mail', async () =>
      /mayday_deliveries_total\{channel="mail",outcome="delayed"\} [1-9]/.test(await metrics()),
    );
    await server.kill();
    mail = await startMailServer({ port: mail.port });
    receiver = await startReceiver(receiver.port);
    server = await server.restart();
    await until('the mail', () => mail.mails.length > 0);
    await until('the post', () => receiver.posts.length > 0);
    assert.match(mail.mails[0]?.subject ?? '', /NullPointerException/);
    assert.match(receiver.posts[0]?.body ?? '', /NullPointerException/);
  });
});
