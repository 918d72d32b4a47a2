// Black box, in a real browser: from a crash that a program posts to the bug that it becomes, closed, and reopened by the next.
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

const PATIENCE_MS = 20_000;
const PASSWORD = 'correct horse battery';

/** A crash of the shop in the CrashKit 1.0 form; `n` makes each one its own. */
const crash = (version: string, n: number): string =>
  JSON.stringify({
    'version.number': version,
    host: { id: `web-${n}` },
    language: 'python',
    ownership: { modules: [{ module_prefix: 'shop', kind: 'application' }] },
    stacktrace: [
      {
        kind: 'ZeroDivisionError',
        message: 'division by zero',
        locations: [
          { module: 'shop.cart', class: 'Cart', method: 'total', file: 'cart.py', line: 21 },
          { module: 'django.core', method: 'get_response', file: 'base.py', line: 86 },
        ],
      },
    ],
  });

describe('from a crash to a bug', { skip }, () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  before(async () => {
    assert.notEqual(executablePath, null, ABSENT);
    server = await startServer();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    page = await (await browser.newContext({ baseURL: server.reportsUrl })).newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
  });

  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  async function send(version: string, n: number): Promise<void> {
    const answer = await post(`${server.submitUrl}/api/1/default/products/shop/reports`, crash(version, n), {
      'content-type': 'application/json',
    });
    assert.equal(answer.status, 200, answer.text);
  }

  /** Loads a page again until it says something: reports are processed a moment after they arrive. */
  async function eventually(address: string, text: RegExp): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      await page.goto(address);
      const body = await page.locator('main').innerText();
      if (text.test(body)) return;
      assert.ok(Date.now() < end, `${address} never said ${text.source}: ${body}`);
      await page.waitForTimeout(200);
    }
  }

  test('the first administrator sees a posted crash as a bug with its stack', async () => {
    const [, link = ''] = /(http:\/\/\S+\/setup\/\S+)/.exec(server.output()) ?? [];
    await page.goto(new URL(link).pathname);
    for (const [name, value] of [
      ['name', 'Ada'],
      ['email', 'ada@example.org'],
      ['password', PASSWORD],
      ['repeated', PASSWORD],
    ] as const) {
      await page.fill(`[name=${name}]`, value);
    }
    await page.click('button.primary');
    await page.waitForURL('**/?done=welcome');

    await send('1.0.3', 1);
    await eventually('/bugs', /ZeroDivisionError/);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/bugs/1');
    assert.match(await page.locator('.frames').first().innerText(), /total[\s\S]*cart\.py:21/);
    assert.match(await page.locator('.heading').first().innerText(), /1\s*crash\b/);
  });

  test('it is closed from the list by keyboard, and gone from there', async () => {
    await page.goto('/bugs');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    assert.equal(await page.locator('tr[data-row] input:checked').count(), 1);
    await page.click('button[value=close]');
    await page.waitForURL('**act=*');
    assert.match(await page.locator('main').innerText(), /No open bug/);
    await page.click('.tabs >> text=Closed');
    await page.click('a.row');
    assert.match(await page.locator('aside').innerText(), /closed/);
  });

  test('the next crash reopens it, and its history tells the story', async () => {
    await send('1.0.4', 2);
    await eventually('/bugs', /ZeroDivisionError/);
    await page.click('a.row');
    const history = await page.locator('.history').innerText();
    assert.match(history, /Mayday reopened it[\s\S]*Ada closed it[\s\S]*Mayday filed the first report/);
    assert.match(await page.locator('.heading').first().innerText(), /2\s*crashes/);
    await page.fill('[name=comment]', 'The cart may be empty.');
    await page.click('text=Comment >> nth=-1');
    await page.waitForURL('**done=bug-commented');
    assert.match(await page.locator('.history').innerText(), /Ada wrote[\s\S]*The cart may be empty\./);
  });

  test('nothing was refused by the content security policy, and no script failed', () => {
    assert.deepEqual(faults, []);
  });
});
