// Black box, in a real browser: all bugs of a filter are closed after a question and brought back by the undo; a part of a chart's time is
// dragged, and chosen by keys; two reports are compared; everything that is posted or read works without scripts, too.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { post } from '../requests.ts';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';

const KNOWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['CHROMIUM_PATH'] ?? KNOWN.find((one) => existsSync(one)) ?? null;
const ABSENT = 'no Chromium on this machine; install one or set CHROMIUM_PATH';
const skip = executablePath === null && process.env['CI'] !== 'true' ? ABSENT : false;

const PATIENCE_MS = 60_000;
const PASSWORD = 'correct horse battery';
const BUGS = ['total', 'price', 'ship', 'refund'];

/** A crash of the shop in the CrashKit 1.0 form, in one of its functions. */
const crash = (method: string, version: string, n: number): string =>
  JSON.stringify({
    'version.number': version,
    host: { id: `web-${n}` },
    language: 'python',
    ownership: { modules: [{ module_prefix: 'shop', kind: 'application' }] },
    stacktrace: [
      {
        kind: 'ZeroDivisionError',
        message: `division by zero in ${method}`,
        locations: [
          { module: 'shop.cart', class: 'Cart', method, file: 'cart.py', line: 21 + n },
          { module: 'django.core', method: 'get_response', file: 'base.py', line: 86 },
        ],
      },
    ],
  });

describe('lists, charts and pages of bugs', { skip }, () => {
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const faults: string[] = [];

  before(async () => {
    assert.notEqual(executablePath, null, ABSENT);
    server = await startServer();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    context = await browser.newContext({
      baseURL: server.reportsUrl,
      viewport: { width: 1280, height: 900 },
    });
    page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
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
    for (const [n, method] of [...BUGS, ...BUGS].entries()) {
      const version = n < BUGS.length ? '1.0.3' : '1.0.4';
      const answer = await post(
        `${server.submitUrl}/api/1/default/products/shop/reports`,
        crash(method, version, n),
        { 'content-type': 'application/json' },
      );
      assert.equal(answer.status, 200, answer.text);
    }
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      await page.goto('/bugs?q=version:1.0.4');
      if ((await page.locator('tr[data-row]').count()) === BUGS.length) break;
      assert.ok(Date.now() < end, await page.locator('main').innerText());
      await page.waitForTimeout(200);
    }
  });

  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  test('all that match are closed after a question with their number, and undone where it was done', async () => {
    await page.goto('/bugs?product=shop&columns=crashes,versions');
    assert.equal(await page.locator('th:visible', { hasText: 'Platforms' }).count(), 0, 'columns are chosen');
    await page.click('th >> text=Bug');
    await page.waitForURL('**order=title**');
    assert.match(await page.locator('th[aria-sort=ascending]').innerText(), /Bug ↑$/);
    await page.check('input[name=all]');
    assert.equal(
      await page.locator('tr[data-row] input:checked').count(),
      BUGS.length,
      'what is seen is ticked',
    );
    assert.equal(await page.locator('[data-picked]').innerText(), `${BUGS.length} selected:`);
    await page.fill('[name=in_version]', '1.0.5');
    await page.click('button[value=close]');
    await page.locator('h1', { hasText: 'Close 4 bugs?' }).waitFor();
    assert.match(await page.locator('.chips').innerText(), /Product:\s*shop/);
    await page.click('button.danger');
    await page.waitForURL('**act=*');
    assert.match(page.url(), /product=shop.*order=title/, 'the list keeps its place');
    assert.match(await page.locator('.act').innerText(), /Ada closed 4 bugs as fixed in 1\.0\.5/);
    assert.match(await page.locator('.tabs').innerText(), /Open 0\s+Closed 4/);
    await page.click('text=Undo for 4 bugs');
    await page.locator('.act', { hasText: 'undone by Ada: 4 bugs are what they were' }).waitFor();
    assert.match(await page.locator('.tabs').innerText(), /Open 4\s+Closed 0/);
    await page.click('a.row >> nth=0');
    assert.doesNotMatch(await page.locator('.history').innerText(), /closed it/);
  });

  test('rows are selected by keys and as a run, and merged after a look; the undo gives each back', async () => {
    await page.goto('/bugs?product=shop&order=title');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    assert.equal(await page.locator('[data-picked]').innerText(), '1 selected:');
    await page.click('tr[data-row] input >> nth=2', { modifiers: ['Shift'] });
    await page.click('tr[data-row] input >> nth=1');
    assert.equal(await page.locator('tr[data-row] input:checked').count(), 2);
    await page.click('text=Merge…');
    await page.locator('h1', { hasText: 'Merge 2 bugs into one?' }).waitFor();
    assert.match(await page.locator('main').innerText(), /Together: 4 crashes/);
    await page.click('button.danger');
    await page.waitForURL('**act=*');
    assert.match(await page.locator('.tabs').innerText(), /Open 3/);
    await page.click('text=Undo for 1 bug');
    await page.locator('.act', { hasText: 'undone by Ada' }).waitFor();
    assert.match(await page.locator('.tabs').innerText(), /Open 4/);
    await page.goto('/bugs/acts');
    assert.equal(await page.locator('tr[data-row]').count(), 2, 'who did and undid what stays told');
  });

  test('a part of the time is dragged in a chart, and chosen by keys alone', async () => {
    await page.goto('/overview/default/shop');
    const box = await page.locator('.pick-days').first().boundingBox();
    assert.ok(box !== null);
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.75, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, y, { steps: 4 });
    assert.match(await page.locator('.tip').first().innerText(), /^\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d: 8$/);
    await page.mouse.up();
    await page.waitForURL('**happened_from=*');
    const dragged = new URL(page.url()).searchParams;
    const today = new Date().toISOString().slice(0, 10);
    assert.equal(dragged.get('happened_to'), today);
    assert.ok((dragged.get('happened_from') ?? '') < today);
    assert.match(await page.locator('.figures').innerText(), /8\s*crashes/);

    await page.goto('/bugs/1');
    const slider = page.getByRole('slider').first();
    await slider.focus();
    await page.keyboard.press('End');
    assert.equal(await slider.getAttribute('aria-valuetext'), `${today}: 2, 1.0.3: 1, 1.0.4: 1`);
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft');
    assert.match((await slider.getAttribute('aria-valuetext')) ?? '', new RegExp(` to ${today}: 2$`));
    await page.keyboard.press('Escape');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**happened_from=${today}&happened_to=${today}`);
    assert.match(await page.locator('.heading').first().innerText(), /2\s*crashes/);
  });

  test('a bug is walked report by report, and two of them stand side by side', async () => {
    await page.goto('/bugs/1');
    await page.click('text=older report ›');
    await page.waitForURL('**report=*');
    assert.equal(await page.locator('text=‹ newer report').count(), 1);
    await page.click('text=Compare two');
    await page.waitForURL('**/reports/compare**');
    const text = await page.locator('main').innerText();
    assert.match(text, /Version\s+1\.0\.3\s+1\.0\.4/);
    assert.ok((await page.locator('td strong').count()) >= 2, 'what differs is marked');
  });

  test('without scripts all of it is there: questions, columns, undo, and the days of a chart as links', async () => {
    const plain = await browser.newContext({
      baseURL: server.reportsUrl,
      javaScriptEnabled: false,
      storageState: await context.storageState(),
    });
    const bare = await plain.newPage();
    await bare.goto('/bugs?product=shop');
    await bare.click('.menu summary');
    await bare.uncheck('#column-platforms');
    await bare.click('text=Show these');
    await bare.waitForURL('**columns=**');
    assert.equal(await bare.locator('th', { hasText: 'Platforms' }).count(), 0);
    await bare.check('input[name=all]');
    await bare.click('button[value=ignore]');
    await bare.locator('h1', { hasText: 'Ignore 4 bugs?' }).waitFor();
    await bare.click('button.danger');
    await bare.click('text=Undo for 4 bugs');
    await bare.locator('.act', { hasText: 'undone by Ada' }).waitFor();
    assert.match(await bare.locator('.tabs').innerText(), /Open 4/);
    await bare.goto('/bugs/1');
    assert.equal(await bare.locator('.pick-days').count(), 0);
    await bare.click('summary:has-text("Numbers")');
    await bare.click('table.numbers a[href*=happened_from]');
    await bare.waitForURL('**happened_from=**');
    assert.match(await bare.locator('.heading').first().innerText(), /2\s*crashes/);
    await plain.close();
  });

  test('nothing was refused by the content security policy, and no script failed', () => {
    assert.deepEqual(faults, []);
  });
});
