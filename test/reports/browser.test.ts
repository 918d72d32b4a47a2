// The pages in a real browser: the way of a new administrator by keyboard, and what every page owes everybody.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { PAGES } from '../../src/reports/web/page-registry.ts';
import { createOneTimeLink, createSetupLink } from '../../src/reports/auth/one-time-link.ts';
import { BROWSER_ABSENT, findBrowser } from './support/browser.ts';
import { measureContrast } from './support/contrast.ts';
import type { WeakText } from './support/contrast.ts';
import { ADMIN_TOKEN, PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { fakeDump, seedInbox, seedReports } from './support/seed.ts';
import { crash, fileReport, frame, processed, SHOP_STACK } from './support/seed-bugs.ts';
import { symbolText } from './symbols/support.ts';
import { readZip } from './support/zip.ts';

const executablePath = findBrowser();
const skip = executablePath === null && process.env['CI'] !== 'true' ? BROWSER_ABSENT : false;

const EMAIL = 'ada@example.org';

/** What answers with no page of its own, or with one for nobody who is signed in: that one is looked at where nobody is. */
const NO_PAGES: ReadonlySet<string> = new Set([
  '/audit/export',
  '/erasures/:id/export',
  '/find',
  '/reports/:crash_id/attachments/:name',
  '/reports/:crash_id/bundle',
  '/reports/:crash_id/processed',
  '/reports/:crash_id/raw/:name',
  '/reports/:crash_id/stack.txt',
  '/search/export',
  '/setup/:secret',
  '/sign-in',
  // Between the password and the second factor, and on the way to a provider and back.
  '/sign-in/from/:provider',
  '/sign-in/second',
  '/sign-in/with/:provider',
  '/sign-out',
  '/sign-out/with/:provider',
]);

/** What axe finds on a page with everything open that can be opened. Run from outside: the pages' own policy lets in no script of others. */
async function axeFinds(page: Page): Promise<readonly string[]> {
  await page.evaluate('document.querySelectorAll("details").forEach((details) => { details.open = true; })');
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as AxeResults;
  return violations.map(
    ({ id, nodes }) => `${page.url()}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`,
  );
}

interface Filed {
  readonly managed: string;
  readonly native: string;
  readonly bugs: readonly number[];
}

/** A bug of several cases, and a native crash with many threads: the pages that hold most. */
async function fileSamples(store: Running['store']): Promise<Filed> {
  const day = new Date().toISOString().slice(0, 10);
  const sections = [
    { name: 'request', protected: true, values: [['REMOTE_USER', 'ada'] as const] },
    {
      name: 'environment',
      protected: false,
      values: [['python', '3.13'] as const, ['shell', 'sh'] as const],
    },
    { name: 'session', protected: true, values: [['cart', 'empty'] as const] },
  ];
  const one = await fileReport(store, {}, processed([crash({ day, sections })], { version: '1.0.3' }));
  await fileReport(
    store,
    {},
    processed([crash({ day, caseKey: 'two', severity: 'major' })], { version: '1.0.4' }),
  );
  const bug = one.filed[0]?.bugId ?? 0;
  await store.bugs.commentBug(bug, 'Ada', 'The cart may be empty.');
  await store.bugs.assignBug(bug, 'Ada', EMAIL);
  const frames = SHOP_STACK.map((shown, at) =>
    frame(
      Object.assign({}, shown, {
        module: 'libexample-with-a-long-name.so.6',
        trust: at === 1 ? 'inline' : 'cfi',
      }),
    ),
  );
  const threads = Array.from({ length: 12 }, (_, n) => ({
    name: `thread ${n}`,
    state: null,
    crashed: n === 0,
    frames,
    omittedFrames: n,
  }));
  const dump = {
    status: 'OK',
    crash_info: {
      type: 'SIGSEGV / SEGV_MAPERR',
      address: '0x0000000000000008',
      instruction: 'mov rax, qword [rdi + 0x8]',
    },
    crashing_thread: { frames: [{ registers: { rip: '0x0000000000401000', rsp: '0x00007ffd00001000' } }] },
    modules: [
      {
        filename: 'libexample-with-a-long-name.so.6',
        base_addr: '0x0000000000400000',
        end_addr: '0x0000000000500000',
        debug_file: 'libexample-with-a-long-name.so.6',
        debug_id: 'AABBCCDDEEFF001122334455667788990',
        missing_symbols: true,
      },
    ],
  };
  const two = await fileReport(
    store,
    { parts: [{ name: 'upload_file_minidump', kind: 'minidump', bytes: fakeDump('native') }] },
    processed(
      [
        crash({
          day,
          key: 'native',
          kind: 'native',
          exceptions: [],
          threads,
          signature: 'shop::cart::Total(const std::vector<shop::Item>&)',
        }),
      ],
      {
        minidumps: { upload_file_minidump: dump },
      },
    ),
  );
  return { managed: one.crashId, native: two.crashId, bugs: [bug, two.filed[0]?.bugId ?? 0] };
}

describe('in a browser', { skip }, () => {
  let running: Running;
  let browser: Browser;
  let ids: readonly string[] = [];
  let filed: Filed = { managed: '', native: '', bugs: [] };
  const faults: string[] = [];

  before(async () => {
    assert.notEqual(executablePath, null, BROWSER_ABSENT);
    running = await startRunning();
    ids = await seedReports(running.store, { count: 120, now: Date.now() });
    filed = await fileSamples(running.store);
    seedInbox(running.store, { count: 30, now: Date.now() });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });

  after(async () => {
    await browser?.close();
    await running?.stop();
  });

  /** A page in a fresh profile; refusals of the content security policy and script errors are noted. */
  async function open(
    options: {
      readonly colorScheme?: 'light' | 'dark';
      readonly javaScriptEnabled?: boolean;
    } = {},
  ): Promise<Page> {
    const { colorScheme = 'light', javaScriptEnabled = true } = options;
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      colorScheme,
      javaScriptEnabled,
      baseURL: running.url,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('the server responded with a status of')) {
        faults.push(`${page.url()}: ${message.text()}`);
      }
    });
    return page;
  }

  async function signIn(page: Page): Promise<void> {
    await page.goto('/sign-in');
    await page.fill('[name=email]', EMAIL);
    await page.fill('[name=password]', PASSWORD);
    await page.click('button.primary');
    await page.waitForURL((url) => url.pathname === '/');
  }

  test('a new administrator gets from the link to a deleted report by keyboard alone', async () => {
    const page = await open();
    await page.goto((await createSetupLink(running.store, running.url)) ?? '');
    await page.focus('[name=name]');
    for (const text of ['Ada', EMAIL, PASSWORD, PASSWORD]) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
      // A password has a button beside it that shows it.
      if (text === PASSWORD) await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?done=welcome');
    await page.goto('/reports');

    await page.keyboard.press('/');
    await page.keyboard.type('jamicore_sha');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/reports?text=jamicore_sha');
    const first = await page.locator('a.row').first().getAttribute('href');
    const second = await page.locator('a.row').nth(1).getAttribute('href');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    assert.equal(await page.evaluate('document.activeElement.getAttribute("href")'), second);
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${first}`);

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Download bundle')]);
    assert.match(download.suggestedFilename(), /^[0-9a-f]{10}-[0-9a-f]{9}-.*_.*\.zip$/);
    assert.equal(readZip(await readFile(await download.path())).size, 2);

    await page.focus('text=Delete…');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/delete');
    await page.focus('button.danger');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/reports?done=deleted');
    assert.equal((await page.goto(first ?? ''))?.status(), 404);

    await page.goto('/reports');
    await page.keyboard.press('?');
    assert.equal(await page.locator('#keys').isVisible(), true);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#keys').isVisible(), false);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content');
  });

  test('everything that is read or sent works without scripts', async () => {
    const page = await open({ javaScriptEnabled: false });
    await signIn(page);
    await page.goto('/reports');
    await page.selectOption('[name=product]', 'Firefox');
    await page.click('text=Filter >> nth=0');
    await page.waitForURL('**product=Firefox**');
    await page.click('a.row >> nth=0');
    assert.equal(await page.locator('button.copy:visible').count(), 0);
    await page.click('main summary');
    assert.match(await page.locator('.protected').innerText(), /intranet\.example/);
    await page.click('text=Sign out');
    await page.waitForURL('**/sign-in?done=signed-out');
  });

  /** Every page that stands inside the layout, signed in or not. */
  async function addresses(): Promise<readonly string[]> {
    const invitation = await createOneTimeLink(running.store, {
      purpose: 'invitation',
      data: JSON.stringify({ email: 'b@example.org', role: 'read', seesProtected: false }),
      reportsUrl: '',
      now: Date.now(),
    });
    const reset = await createOneTimeLink(running.store, {
      purpose: 'reset',
      data: '1',
      reportsUrl: '',
      now: Date.now(),
    });
    const webhook = await running.store.notifications.saveWebhook({
      account: 'default',
      product: null,
      url: `https://chat.example.org/hooks/${'x'.repeat(120)}`,
      secret: 'secret',
      format: 'mayday',
      notices: ['new', 'reopened', 'recurring', 'spike'],
      enabled: true,
    });
    await running.store.notifications.enqueue([
      {
        channel: 'webhook',
        target: String(webhook.id),
        notice: 'new',
        bugId: 1,
        payload: '{}',
        dueAt: Date.now(),
        onceKey: null,
      },
    ]);
    const symbols = await admin('/api/symbols?product=shop', symbolText());
    assert.ok(symbols.ok);
    const rule = await admin(
      '/api/alerts',
      JSON.stringify({
        name: 'Many crashes',
        product: 'shop',
        search: 'platform:linux',
        condition: { kind: 'crashes', atLeast: 1, minutes: 60 },
        targets: [{ kind: 'webhook', webhook: webhook.id }],
      }),
    );
    assert.equal(rule.status, 201);
    const kinds = [-2, -3, -4, -5, -7, -8].map((at) => `/reports/${ids.at(at)}`);
    return [
      '/',
      '/bugs',
      '/bugs?state=closed',
      '/bugs?text=nothing&severity=huge',
      ...filed.bugs.map((bug) => `/bugs/${bug}`),
      `/bugs/${filed.bugs[0]}/reports`,
      `/bugs/${filed.bugs[0]}/reports/compare`,
      `/bugs/${filed.bugs[0]}?version=1.0.3&happened_from=2026-01-01`,
      '/bugs/acts',
      '/bugs?order=-title&columns=crashes,kind,first_seen',
      '/overview/default/shop',
      '/top?product=shop&period=400d',
      '/releases',
      '/products/default/shop/releases',
      '/products/default/shop/releases/1.0.3',
      '/products/default/shop/compare',
      '/products/default/shop/versions',
      '/products/default/shop/rules',
      '/products/default/shop/source',
      '/products/default/shop/tickets',
      `/bugs/${filed.bugs[0]}/ticket`,
      `/reports/${filed.managed}`,
      `/reports/${filed.native}`,
      `/reports/${filed.native}/stack`,
      `/reports/${filed.native}/threads`,
      `/reports/${filed.native}/modules`,
      `/reports/${filed.native}/memory?at=0x7ffd00001000`,
      '/reports',
      '/reports?product=none',
      '/reports?from=nonsense&state=deferred',
      ...kinds,
      `/reports/${ids.at(-2)}/delete`,
      '/inbox',
      '/search',
      '/search?q=version%3A%3E%3D1',
      '/symbols',
      '/symbols/missing',
      '/symbols/maps',
      '/products/default/Jami/clients',
      '/products/default/Jami/health',
      '/products',
      '/products/default/Jami',
      '/products/default/Jami/integration',
      '/products/default/Jami/data',
      '/status',
      '/people',
      '/accounts',
      '/accounts/default',
      '/webhooks',
      `/webhooks/${webhook.id}`,
      '/alerts',
      '/audit',
      '/erasures',
      '/alerts/history',
      `/alerts/${String(((await rule.json()) as { readonly id: number }).id)}`,
      `/bugs/${filed.bugs[0]}/compare?with=${filed.bugs[1]}`,
      `/reports/${filed.native}/debug`,
      '/symbols/upload',
      '/symbols/libapp.so/AABBCCDDEEFF001122334455667788990',
      '/account',
      '/account/security',
      '/api',
      '/nothing',
      invitation,
      reset,
    ];
  }

  async function admin(path: string, body: string): Promise<Response> {
    return fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body,
    });
  }

  test('none of the pages is left out of what follows', async () => {
    const visited = (await addresses()).map((address) => new URL(address, running.url).pathname);
    const isVisited = (path: string): boolean => {
      const pattern = new RegExp(`^${path.replaceAll(/:[a-zA-Z_]+/g, '[^/]+')}$`);
      return visited.some((one) => pattern.test(one));
    };
    const left = PAGES.map(({ path }) => path).filter((path) => !isVisited(path) && !NO_PAGES.has(path));
    assert.deepEqual(left, []);
    for (const path of NO_PAGES)
      assert.ok(
        PAGES.some((page) => page.path === path),
        path,
      );
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every text has enough contrast on ${colorScheme} paper`, async () => {
      const page = await open({ colorScheme });
      await page.goto('/sign-in');
      await assertContrast(page);
      await signIn(page);
      for (const address of await addresses()) {
        await page.goto(address);
        await assertContrast(page);
      }
    });
  }

  async function assertContrast(page: Page): Promise<void> {
    const { checked, weak } = (await page.evaluate(measureContrast)) as { checked: number; weak: WeakText[] };
    assert.ok(checked > 3, `${page.url()}: ${checked} texts`);
    assert.deepEqual(weak, [], page.url());
  }

  test('no page scrolls sideways at 390, 800 or 1280 pixels, folded parts open', async () => {
    const page = await open();
    await signIn(page);
    for (const address of await addresses()) {
      await page.goto(address);
      await page.evaluate(
        'document.querySelectorAll("details").forEach((details) => { details.open = true; })',
      );
      for (const width of [390, 800, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const over = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(over, 0, `${address} at ${width}`);
      }
    }
  });

  test('the navigation is one row at the desk; what has no room is below "More", which keys open and close', async () => {
    const page = await open();
    await signIn(page);
    const links = () =>
      page.evaluate(
        '[...document.querySelectorAll("nav a")].filter((link) => link.checkVisibility({ contentVisibilityAuto: true })).length',
      );
    for (const [width, shown] of [
      [1440, 15],
      [1501, 15],
      [1380, 15],
      [1280, 9],
      [1120, 9],
      [1100, 9],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      assert.equal(await page.evaluate('document.querySelector(".top").offsetHeight'), 48, `${width}`);
      assert.equal(await links(), shown, `${width}`);
    }
    const more = page.locator('nav summary');
    await more.focus();
    await page.keyboard.press('Enter');
    assert.equal(await links(), 15);
    await page.keyboard.press('Escape');
    assert.equal(await links(), 9);
    assert.equal(await more.evaluate((summary) => summary === summary.ownerDocument.activeElement), true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/people');
    await more.click();
    await page.click('h1');
    assert.equal(await links(), 9, 'a click beside it closes it');
  });

  test('every page has a title, one heading, landmarks, and a label for every field', async () => {
    const page = await open();
    await signIn(page);
    for (const address of await addresses()) {
      await page.goto(address);
      const found = (await page.evaluate(`({
        title: document.title,
        h1: document.querySelectorAll('h1').length,
        main: document.querySelectorAll('main').length,
        lang: document.documentElement.lang,
        unlabelled: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter((e) => e.labels.length === 0).length,
        unscoped: document.querySelectorAll('th:not([scope])').length,
        twice: [...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, n, all) => all.indexOf(id) !== n),
      })`)) as Record<string, unknown>;
      assert.match(String(found['title']), / · Mayday$/);
      assert.deepEqual(
        { ...found, title: '' },
        { title: '', h1: 1, main: 1, lang: 'en', unlabelled: 0, unscoped: 0, twice: [] },
        address,
      );
    }
  });

  test('axe finds nothing on any page, on light and dark paper, at the desk and on a phone', async () => {
    for (const [colorScheme, width] of [
      ['light', 1440],
      ['dark', 390],
    ] as const) {
      const page = await open({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await signIn(page);
      const all: string[] = [];
      for (const address of await addresses()) {
        await page.goto(address);
        all.push(...(await axeFinds(page)));
      }
      await page.goto('/bugs');
      await page.keyboard.press('?');
      all.push(...(await axeFinds(page)));
      assert.deepEqual(all, [], `${colorScheme}, ${width}`);
    }
  });

  test('axe finds nothing where there is nothing yet, nor where nobody is signed in', async () => {
    const fresh = await startRunning();
    try {
      const context = await browser.newContext({ baseURL: fresh.url });
      const page = await context.newPage();
      const all: string[] = [];
      const look = async (address: string): Promise<void> => {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto(address);
        all.push(...(await axeFinds(page)));
        // What differs on dark paper are the colours.
        await page.emulateMedia({ colorScheme: 'dark' });
        await assertContrast(page);
      };
      await look((await createSetupLink(fresh.store, fresh.url)) ?? '');
      await addPerson(fresh.store, { email: EMAIL, role: 'admin', seesProtected: true });
      await look('/sign-in');
      await page.emulateMedia({ colorScheme: 'light' });
      await signIn(page);
      const paths = PAGES.map(({ path }) => path).filter((path) => !NO_PAGES.has(path));
      for (const path of paths) if (!path.includes(':')) await look(path);
      await fresh.store.people.createProductByHand('default', 'Empty');
      for (const path of paths) {
        if (/^\/(?:products|overview)\/:account\/:product/.test(path))
          await look(
            path.replace(':account', 'default').replace(':product', 'Empty').replace(':version', '1.0'),
          );
      }
      assert.deepEqual(all, []);
      await context.close();
    } finally {
      await fresh.stop();
    }
  });

  test('an error leads to the list that its page belongs to', async () => {
    const page = await open();
    await signIn(page);
    for (const [address, list] of [
      ['/bugs/99999', 'Go to bugs'],
      ['/reports/nonsense', 'Go to reports'],
      ['/webhooks/99999', 'Go to webhooks'],
      ['/nothing', 'Go to overview'],
    ] as const) {
      assert.equal((await page.goto(address))?.status(), 404);
      await page.click(`text=${list}`);
      assert.match(await page.title(), new RegExp(`^${list.slice('Go to '.length)}`, 'i'));
    }
  });

  test('on paper there is what a page says, and no form', async () => {
    const page = await open();
    await signIn(page);
    await page.goto(`/bugs/${filed.bugs[0]}`);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('main form:visible').count(), 0);
    assert.ok(await page.locator('h1').isVisible());
    await page.goto('/bugs');
    await page.emulateMedia({ media: 'print' });
    assert.ok((await page.locator('a.row:visible').count()) > 0, 'a list within a form is printed');
  });

  test('on a phone a copy button stands below what it copies, not upon it', async () => {
    const page = await open();
    await page.setViewportSize({ width: 390, height: 844 });
    await signIn(page);
    await page.goto('/products/default/Jami/integration');
    const [code, button] = await Promise.all([
      page.locator('#sample-curl').boundingBox(),
      page.locator('[data-copy=sample-curl]').boundingBox(),
    ]);
    assert.ok(code !== null && button !== null && button.y >= code.y + code.height);
  });

  test('a copy button copies', async () => {
    const page = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await signIn(page);
    await page.goto('/products/default/Jami/integration');
    await page.click('[data-copy=sample-curl]');
    await page.waitForSelector('text=Copied');
    assert.match(
      String(await page.evaluate('navigator.clipboard.readText()')),
      /^curl -F 'ProductName=Jami'/,
    );
  });

  test('nothing was refused by the content security policy, and no script failed', () => {
    assert.deepEqual(faults, []);
  });
});
