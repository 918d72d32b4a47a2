// Passkeys in a real browser with a virtual authenticator: added, as a second step, instead of a password, and as proof before an act.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { RECENT_MS } from '../../src/reports/auth/sessions.ts';
import { BROWSER_ABSENT, findBrowser } from './support/browser.ts';
import { PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';

const executablePath = findBrowser();
const skip = executablePath === null && process.env['CI'] !== 'true' ? BROWSER_ABSENT : false;
const EMAIL = 'ada@example.org';

/** A port that is free now; the address must be known before the server starts, since passkeys are bound to it. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('passkeys', { skip }, () => {
  let running: Running;
  let browser: Browser;
  let url = '';

  before(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    running = await startRunning({ port, reportsUrl: url });
    await addPerson(running.store, { email: EMAIL, role: 'admin' });
    browser = await chromium.launch({
      executablePath: executablePath ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--host-resolver-rules=MAP localhost 127.0.0.1'],
    });
  });
  after(async () => {
    await browser?.close();
    await running?.stop();
  });

  /** A page whose browser has an authenticator that checks its person. */
  async function open(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send('WebAuthn.enable');
    await client.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return page;
  }

  async function givePassword(page: Page): Promise<void> {
    await page.goto(`${url}/sign-in`);
    await page.fill('[name="email"]', EMAIL);
    await page.fill('[name="password"]', PASSWORD);
    await page.click('text="Sign in" >> nth=-1');
  }

  async function violations(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe.source);
    const result = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults;
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  test('are added, and then stand beside the password, in its place, and for a proof', async () => {
    const context = await browser.newContext();
    try {
      const page = await open(context);
      await page.goto(`${url}/sign-in`);
      await page.fill('[name="email"]', EMAIL);
      await page.fill('[name="password"]', PASSWORD);
      // What was typed can be shown.
      await page.click('button:text-is("Show")');
      assert.equal(await page.getAttribute('#field-password', 'type'), 'text');
      await page.press('#field-password', 'Enter');
      await page.waitForURL(`${url}/`);

      await page.goto(`${url}/account/security`);
      await page.fill('#field-passkey-label', 'Laptop');
      await page.click('text="Add a passkey"');
      await page.waitForSelector('#recovery-codes');
      assert.match((await page.textContent('main')) ?? '', /Laptop/);
      const user = await running.store.people.userByEmail(EMAIL);
      const [factor] = await running.store.people.listFactors(user?.id ?? 0);
      assert.equal(factor?.kind, 'passkey');

      // Beside the password.
      await context.clearCookies();
      await givePassword(page);
      await page.waitForURL(/\/sign-in\/second/);
      assert.deepEqual(await violations(page), []);
      await page.click('text="Use your passkey"');
      await page.waitForURL(`${url}/`);

      // In its place, and back to where the person wanted to go.
      await context.clearCookies();
      await page.goto(`${url}/reports`);
      assert.match(page.url(), /sign-in\?to=/);
      await page.click('text="Sign in with a passkey"');
      await page.waitForURL(`${url}/reports`);

      // As a proof before an act, ten minutes later.
      running.now.value = Date.now() + RECENT_MS + 1000;
      await page.goto(`${url}/account`);
      await page.click('text="Make a token"');
      await page.fill('[name="label"]', 'nightly');
      await page.click('text="Make token"');
      await page.waitForSelector('text="Confirm that it is you"');
      assert.deepEqual(await violations(page), []);
      await page.click('text="Use your passkey"');
      await page.waitForSelector('#new-token');
      assert.equal((await running.store.people.listTokens({ userId: user?.id ?? 0 })).length, 1);
    } finally {
      running.now.value = null;
      await context.close();
    }
  });

  test('of another browser, or with an answer that was used, let nobody in', async () => {
    const context = await browser.newContext();
    try {
      const page = await open(context);
      await page.goto(`${url}/sign-in`);
      await page.click('text="Sign in with a passkey"');
      await page.waitForSelector('[data-passkey-fault]:not([hidden])');

      // The answer of a sign-in, sent a second time.
      await addPerson(running.store, { email: 'bob@example.org', role: 'read' });
      await page.fill('[name="email"]', 'bob@example.org');
      await page.fill('[name="password"]', PASSWORD);
      await page.press('[name="password"]', 'Enter');
      await page.waitForURL(`${url}/`);
      await page.goto(`${url}/account/security`);
      await page.click('text="Add a passkey"');
      await page.waitForSelector('#recovery-codes');
      await context.clearCookies();
      await page.goto(`${url}/sign-in`);
      const posted = page.waitForRequest((request) => request.method() === 'POST');
      await page.click('text="Sign in with a passkey"');
      const answer = new URLSearchParams((await posted).postData() ?? '').get('passkey') ?? '';
      await page.waitForURL(`${url}/`);
      assert.match(answer, /"signature"/);
      await context.clearCookies();
      await page.goto(`${url}/sign-in`);
      await page.evaluate(
        `const field = document.querySelector('input[name="passkey"]');
        field.value = ${JSON.stringify(answer)};
        field.form.submit();`,
      );
      await page.waitForSelector('text="That passkey is not known here."');
    } finally {
      await context.close();
    }
  });

  test('and apps have pages that anybody can use, on light and dark paper, at the desk and on a phone', async () => {
    await addPerson(running.store, { email: 'eve@example.org', role: 'read' });
    for (const [colorScheme, width] of [
      ['light', 1440],
      ['dark', 390],
    ] as const) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      const page = await open(context);
      await page.goto(`${url}/sign-in`);
      assert.deepEqual(await violations(page), []);
      await page.fill('[name="email"]', 'eve@example.org');
      await page.fill('[name="password"]', PASSWORD);
      await page.press('[name="password"]', 'Enter');
      await page.waitForURL(`${url}/`);
      await page.goto(`${url}/account/security`);
      await page.click('text="Add an authenticator app"');
      await page.waitForSelector('svg.qr');
      assert.deepEqual(await violations(page), []);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(wide) <= width, `${String(wide)} at ${width}`);
      await context.close();
    }
  });
});
