// Black box, in a real browser: two accounts on one server, and five kinds of people who each see what is theirs.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { post } from '../requests.ts';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';

const KNOWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['CHROMIUM_PATH'] ?? KNOWN.find((one) => existsSync(one)) ?? null;
const ABSENT = 'no Chromium on this machine; install one or set CHROMIUM_PATH';
const skip = executablePath === null && process.env['CI'] !== 'true' ? ABSENT : false;

const PATIENCE_MS = 30_000;
const PASSWORD = 'correct horse battery';
/** Error that only the one account, or the other, has. */
const CRASHES = { acme: 'QuokkaError', labs: 'WombatError' } as const;
type Account = keyof typeof CRASHES;

const crash = (kind: string): string =>
  JSON.stringify({
    'version.number': '1.0',
    host: { id: 'web-1' },
    language: 'python',
    ownership: { modules: [{ module_prefix: 'shop', kind: 'application' }] },
    stacktrace: [
      { kind, message: `${kind} happened`, locations: [{ module: 'shop.cart', method: 'total', line: 21 }] },
    ],
  });

describe('two accounts', { skip }, () => {
  let server: TestServer;
  let browser: Browser;
  const pages = new Map<string, Page>();

  before(async () => {
    assert.notEqual(executablePath, null, ABSENT);
    server = await startServer();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });

  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  async function newPage(name: string): Promise<Page> {
    const page = await (await browser.newContext({ baseURL: server.reportsUrl })).newPage();
    pages.set(name, page);
    return page;
  }

  function pageOf(name: string): Page {
    const page = pages.get(name);
    assert.ok(page !== undefined, name);
    return page;
  }

  async function enter(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(fields)) await page.fill(`main [name=${name}]`, value);
    await page.click('main button.primary');
    await page.waitForURL('**/?done=welcome');
  }

  async function text(name: string, address: string): Promise<string> {
    const page = pageOf(name);
    await page.goto(address);
    return page.locator('body').innerText();
  }

  /** Invites on the page of people, and lets somebody take the link in a browser of their own. */
  async function invite(
    account: Account,
    name: string,
    { role, boxes }: { readonly role: string; readonly boxes: readonly string[] },
  ): Promise<void> {
    const page = pageOf('operator');
    await page.goto('/people');
    const form = page.locator('form', { has: page.locator('button:has-text("Make invitation link")') });
    await form.locator('[name=email]').fill(`${name}@example.org`);
    await form.locator('select[name=account]').selectOption(account);
    await form.locator('select[name=role]').selectOption(role);
    for (const box of boxes) await form.locator(`[name=${box}]`).check();
    await form.locator('button').last().click();
    const link = /http\S+\/invitation\/\S+/.exec(await page.locator('main').innerText())?.[0] ?? '';
    const own = await newPage(name);
    await own.goto(new URL(link).pathname);
    await enter(own, { name, password: PASSWORD, repeated: PASSWORD });
  }

  test('the first administrator makes two accounts and invites people into them', async () => {
    const [, link = ''] = /(http:\/\/\S+\/setup\/\S+)/.exec(server.output()) ?? [];
    const page = await newPage('operator');
    await page.goto(new URL(link).pathname);
    await enter(page, {
      ...{ name: 'Ada', email: 'ada@example.org', password: PASSWORD, repeated: PASSWORD },
    });
    for (const account of Object.keys(CRASHES)) {
      await page.goto('/accounts');
      const form = page.locator('form', { has: page.locator('button:has-text("Add account")') });
      await form.locator('[name=name]').fill(account);
      await form.locator('button').click();
      await page.waitForURL('**/accounts?done=saved');
    }
    await invite('acme', 'reader', { role: 'read', boxes: [] });
    await invite('acme', 'triager', { role: 'triage', boxes: [] });
    await invite('acme', 'trusted', { role: 'read', boxes: ['seesProtected'] });
    await invite('acme', 'boss', { role: 'admin', boxes: ['isAdmin'] });
    await invite('labs', 'stranger', { role: 'read', boxes: [] });
    for (const [account, kind] of Object.entries(CRASHES)) {
      const address = `${server.submitUrl}/api/1/${account}/products/${account}-shop/reports`;
      const answer = await post(address, crash(kind), { 'content-type': 'application/json' });
      assert.equal(answer.status, 200, answer.text);
    }
  });

  const INSIDE = ['reader', 'triager', 'trusted', 'boss'] as const;

  test('everybody sees the crash of their own account, and no word of the other', async () => {
    for (const [name, mine, other] of [
      ...INSIDE.map((name) => [name, 'acme', 'labs'] as const),
      ['stranger', 'labs', 'acme'] as const,
    ]) {
      const end = Date.now() + PATIENCE_MS;
      // Reports are processed a moment after they arrive.
      while (!(await text(name, '/bugs')).includes(CRASHES[mine]))
        assert.ok(Date.now() < end, `${name} never saw ${CRASHES[mine]}`);
      for (const address of [
        '/',
        '/bugs',
        '/reports',
        '/products',
        '/inbox',
        '/releases',
        '/status',
        '/search',
      ]) {
        const shown = await text(name, address);
        assert.ok(!shown.includes(CRASHES[other]) && !shown.includes(`${other}-shop`), `${name} ${address}`);
      }
    }
  });

  test('a bug of the other account is a page that is not there', async () => {
    const page = pageOf('stranger');
    await page.goto('/bugs');
    await page.click('a.row');
    const theirs = new URL(page.url()).pathname;
    assert.match(theirs, /^\/bugs\/\d+$/);
    for (const name of INSIDE) {
      const answer = await pageOf(name).goto(theirs);
      assert.equal(answer?.status(), 404, name);
    }
  });

  test('each kind of people may do what they may, and no more', async () => {
    const page = pageOf('triager');
    await page.goto('/bugs');
    await page.click('a.row');
    const bug = new URL(page.url()).pathname;
    const mayComment = async (name: string): Promise<boolean> => {
      await pageOf(name).goto(bug);
      return (await pageOf(name).locator('[name=comment]').count()) > 0;
    };
    assert.deepEqual(await Promise.all(INSIDE.map(mayComment)), [false, true, false, true]);
    for (const [name, status] of [
      ['triager', 403],
      ['boss', 200],
    ] as const) {
      assert.equal((await pageOf(name).goto('/people'))?.status(), status, name);
      assert.equal((await pageOf(name).goto('/audit'))?.status(), 403, name);
    }
    const own = await text('boss', '/accounts/acme');
    assert.match(own, /Rights/);
    assert.doesNotMatch(await text('reader', '/accounts/acme'), /Service tokens/);
    assert.equal((await pageOf('boss').goto('/accounts/labs'))?.status(), 404);
  });

  test('who runs the server sees accounts and people, and no crash of either', async () => {
    assert.match(await text('operator', '/accounts'), /acme[\s\S]*labs/);
    for (const address of ['/', '/bugs', '/reports', '/products']) {
      const shown = await text('operator', address);
      for (const kind of Object.values(CRASHES)) assert.ok(!shown.includes(kind), address);
    }
  });

  test('a closed account is nobody’s until it is opened again', async () => {
    const page = pageOf('operator');
    const press = async (button: string): Promise<void> => {
      await page.goto('/accounts');
      const row = page.locator('tr', { has: page.locator('a:text-is("labs")') });
      await row.locator('summary').click();
      await row.locator(`button:has-text("${button}")`).click();
      await page.waitForURL('**/accounts?done=*');
    };
    await press('Close the account');
    assert.ok(!(await text('stranger', '/bugs')).includes(CRASHES.labs));
    await press('Open it again');
    assert.ok((await text('stranger', '/bugs')).includes(CRASHES.labs));
  });
});
