// The ten tasks for which people open Mayday, in a real browser on a filled server: by mouse, by keyboard alone, some on a phone. Each
// needs at most three clicks. A click follows a link, presses a button or opens a fold; what is typed or chosen in between belongs to
// the button that sends it. The right answers are counted out of what the server was filled with, not asked of the server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { PRODUCTS, makeCrashes } from '../../bench/fill/crash-maker.ts';
import type { MadeCrash } from '../../bench/fill/crash-maker.ts';
import { fileCrashes } from '../../bench/fill/file-crashes.ts';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { demoMinidump } from '../../src/client/demo/demo-minidump.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { crashIdOf, dump, post, submit } from '../requests.ts';
import { api, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';

const KNOWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['CHROMIUM_PATH'] ?? KNOWN.find((one) => existsSync(one)) ?? null;
const ABSENT = 'no Chromium on this machine; install one or set CHROMIUM_PATH';
const skip = executablePath === null && process.env['CI'] !== 'true' ? ABSENT : false;

const FILLING = { reports: 5000, bugs: 400, days: 42 };
const MAX_CLICKS = 3;
const PATIENCE_MS = 60_000;
const MAX_TABS = 500;
const PASSWORD = 'correct horse battery';
const BROWSER = 'Browser';

/** How a task is done: with what, and how wide the window is. */
interface Way {
  readonly name: string;
  readonly keyboard: boolean;
  readonly width: number;
  readonly height: number;
}
const WAYS: readonly Way[] = [
  { name: 'by mouse', keyboard: false, width: 1440, height: 900 },
  { name: 'by keyboard alone', keyboard: true, width: 1440, height: 900 },
  { name: 'on a phone', keyboard: false, width: 390, height: 844 },
];

/** Somebody at the page: counts what is clicked. */
class Hand {
  readonly page: Page;
  readonly #keyboard: boolean;
  clicks = 0;

  constructor(page: Page, keyboard: boolean) {
    this.page = page;
    this.#keyboard = keyboard;
  }

  /** A link or button, and the page that it leads to. */
  async go(target: Locator): Promise<void> {
    const loaded = this.page.waitForEvent('load', { timeout: PATIENCE_MS });
    await this.press(target);
    await loaded;
  }

  async press(target: Locator): Promise<void> {
    this.clicks += 1;
    if (!this.#keyboard) return target.click();
    await this.#tabTo(target);
    await this.page.keyboard.press('Enter');
  }

  async type(target: Locator, text: string): Promise<void> {
    if (!this.#keyboard) return target.fill(text);
    await this.#tabTo(target);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
  }

  /** One of a list, by its words. */
  async choose(target: Locator, label: string): Promise<void> {
    if (!this.#keyboard) {
      await target.selectOption({ label });
      return;
    }
    await this.#tabTo(target);
    await this.page.keyboard.press('Home');
    for (let step = 0; step < MAX_TABS; step += 1) {
      const chosen = await target.evaluate((list) =>
        list.ownerDocument.activeElement?.querySelector('option:checked')?.textContent?.trim(),
      );
      if (chosen === label) return;
      await this.page.keyboard.press('ArrowDown');
    }
    assert.fail(`no arrow leads to "${label}"`);
  }

  async chooseFile(target: Locator, file: string): Promise<void> {
    const asked = this.page.waitForEvent('filechooser');
    if (this.#keyboard) {
      await this.#tabTo(target);
      await this.page.keyboard.press('Enter');
    } else await target.click();
    await (await asked).setFiles(file);
  }

  async #tabTo(target: Locator): Promise<void> {
    await target.waitFor({ state: 'visible' });
    const isHere = () => target.evaluate((element) => element === element.ownerDocument.activeElement);
    for (let step = 0; step < MAX_TABS; step += 1) {
      if (await isHere()) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`no Tab leads to ${String(target)}`);
  }

  main(): Promise<string> {
    return this.page.locator('main').innerText();
  }

  /** The box that finds anything; what it finds at once it opens. */
  async find(text: string): Promise<void> {
    this.clicks += 1;
    if (this.#keyboard) await this.page.keyboard.press('/');
    else await this.page.locator('#find').click();
    await this.page.keyboard.type(text);
    const loaded = this.page.waitForEvent('load', { timeout: PATIENCE_MS });
    await this.page.keyboard.press('Enter');
    await loaded;
  }

  /** The entry of the navigation. */
  nav(label: string): Promise<void> {
    return this.go(this.page.locator('nav').getByRole('link', { name: label, exact: true }).first());
  }
}

const plain = (text: string): string => text.replaceAll(/[\s\u00a0\u202f]+/g, ' ');
/** The words with numbers as they are counted: thin spaces taken out of them. */
const digits = (text: string): string => text.replaceAll('\u202f', '').replaceAll(/\s+/g, ' ');

describe('ten tasks', { skip }, () => {
  const now = Date.now();
  const made: MadeCrash[] = [];
  const crashesOf = (product: string): readonly MadeCrash[] =>
    made.filter((one) => PRODUCTS[one.product]?.name === product);
  let server: TestServer;
  let browser: Browser;
  let dir = '';
  let receiver: Server;
  const told: string[] = [];
  const contexts: BrowserContext[] = [];
  let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;
  const faults: string[] = [];

  before(async () => {
    assert.notEqual(executablePath, null, ABSENT);
    dir = mkdtempSync(path.join(tmpdir(), 'mayday-tasks-'));
    const store = await openEmbeddedStore({
      dir,
      maxBytes: 8 * 1024 ** 3,
      minFreeBytes: 0,
      keepDays: null,
      autoProducts: true,
      maxAutoProducts: 100,
      inboxSize: 1000,
      sweepGraceMs: 60_000,
      log: createLog('silent'),
      metrics: createMetrics(),
      housekeeping: false,
    });
    made.push(...makeCrashes({ ...FILLING, now }));
    await fileCrashes(store, { ...FILLING, now });
    await store.close();
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        told.push(body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    server = await startServer({ dir, env: { WEBHOOK_ALLOW_PRIVATE: 'true' } });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    const first = await browser.newContext({ baseURL: server.reportsUrl });
    const page = await first.newPage();
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
    signedIn = await first.storageState();
    await first.close();
  });

  after(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await browser?.close();
    await server?.remove();
    receiver?.close();
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
  });

  /** One task in each way, from the overview on; `work` gives the hand a number that is another in each way. */
  function task(
    title: string,
    work: (hand: Hand, at: number) => Promise<void>,
    ways: readonly Way[] = WAYS.slice(0, 2),
  ): void {
    for (const [at, way] of ways.entries()) {
      test(`${title}, ${way.name}`, async () => {
        const context = await browser.newContext({
          baseURL: server.reportsUrl,
          storageState: signedIn,
          viewport: { width: way.width, height: way.height },
        });
        contexts.push(context);
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        page.on('pageerror', (error) => faults.push(`${title}: ${error.message}`));
        page.on('console', (message) => {
          // Of a page that is not there the browser complains by itself.
          if (message.type() === 'error' && !message.text().includes('Failed to load resource')) {
            faults.push(`${title}: ${message.text()}`);
          }
        });
        await page.goto('/');
        const hand = new Hand(page, way.keyboard);
        await work(hand, at);
        assert.ok(hand.clicks <= MAX_CLICKS, `${hand.clicks} clicks`);
        await context.close();
      });
    }
  }

  async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await check())) {
      assert.ok(Date.now() < end, what);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The version and platform of the browser of which one bug has clearly the most crashes. */
  function clearestTop(): {
    readonly version: string;
    readonly platform: string;
    readonly title: string;
    readonly crashes: number;
  } {
    const groups = new Map<string, Map<string, number>>();
    for (const { processed } of crashesOf(BROWSER)) {
      const title = processed.crashes[0]?.signature ?? '';
      const key = `${processed.version}\0${processed.platform}`;
      const counts = groups.get(key) ?? new Map<string, number>();
      counts.set(title, (counts.get(title) ?? 0) + 1);
      groups.set(key, counts);
    }
    const ranked = [...groups].map(([key, counts]) => {
      const [first, second] = [...counts].toSorted(([, one], [, other]) => other - one);
      const [version = '', platform = ''] = key.split('\0');
      const [title, crashes] = first ?? ['', 0];
      return { version, platform, title, crashes, lead: crashes - (second?.[1] ?? 0) };
    });
    const [best] = ranked.toSorted((one, other) => other.lead - one.lead);
    assert.ok(best !== undefined && best.lead > 0);
    return best;
  }

  task(
    'the top crasher of a version on a platform',
    async (hand) => {
      const { version, platform, title, crashes } = clearestTop();
      await hand.nav('Top crashers');
      const form = hand.page.locator('form.filters').first();
      await hand.choose(form.getByLabel('Product', { exact: true }), BROWSER);
      await hand.type(form.getByLabel('Version', { exact: true }), version);
      await hand.choose(form.getByLabel('Platform', { exact: true }), platform);
      await hand.choose(form.getByLabel('Period', { exact: true }), 'last 90 days');
      await hand.go(form.getByRole('button', { name: 'Show', exact: true }));
      const first = hand.page.locator('tr[data-row]').first();
      assert.ok((await first.innerText()).startsWith(title), await first.innerText());
      assert.match(digits(await first.innerText()), new RegExp(`\\b${crashes}\\b`));
    },
    WAYS,
  );

  task(
    'who is affected by a bug',
    async (hand) => {
      const own = crashesOf(BROWSER).filter(({ bug }) => bug === 0);
      const installations = new Set(own.map(({ installation }) => installation)).size;
      const title = own[0]?.processed.crashes[0]?.signature ?? '';
      await hand.nav('Top crashers');
      await hand.go(hand.page.getByRole('link', { name: title, exact: true }).first());
      const said = digits(await hand.main());
      // The bug of a period leads to a page of that period: all time is a choice away.
      await hand.choose(
        hand.page.locator('form.filters').first().getByLabel('Period', { exact: true }),
        'all time',
      );
      await hand.go(
        hand.page.locator('form.filters').first().getByRole('button', { name: 'Filter', exact: true }),
      );
      const all = digits(await hand.main());
      assert.match(said, /\d+ installations/);
      assert.match(all, new RegExp(`\\b${own.length} crashes ${installations} installations\\b`));
    },
    WAYS,
  );

  /** A crash of a shop's program in the CrashKit 1.0 form. */
  async function ledgerCrash(product: string, version: string, host: string): Promise<void> {
    const answer = await post(
      `${server.submitUrl}/api/1/default/products/${product}/reports`,
      JSON.stringify({
        'version.number': version,
        host: { id: host },
        language: 'python',
        stacktrace: [
          {
            kind: `${product}Error`,
            message: 'the books do not balance',
            locations: [{ module: 'ledger.book', class: 'Book', method: 'close', file: 'book.py', line: 7 }],
          },
        ],
      }),
      { 'content-type': 'application/json' },
    );
    assert.equal(answer.status, 200, answer.text);
  }

  interface Bug {
    readonly id: number;
    readonly state: string;
    readonly count: number;
  }
  async function bugOf(product: string): Promise<Bug | undefined> {
    const answer = await api(server, `/api/bugs?product=${product}&state=all`);
    const { bugs } = (await answer.json()) as { readonly bugs: readonly Bug[] };
    return bugs[0];
  }

  task('a bug is closed as fixed in a version, and reopened rightly', async (hand, at) => {
    const product = `Ledger${at}`;
    await ledgerCrash(product, '2.0.0', 'a');
    await eventually('the crash was filed', async () => (await bugOf(product)) !== undefined);
    await hand.find(`#${(await bugOf(product))?.id ?? 0}`);
    assert.match(await hand.page.locator('h1').innerText(), new RegExp(`${product}Error`));
    await hand.press(hand.page.locator('summary', { hasText: /^Close/ }));
    await hand.type(hand.page.getByLabel(/^Fixed in version/), '2.1.0');
    await hand.go(hand.page.getByRole('button', { name: 'Close bug', exact: true }));
    assert.match(plain(await hand.main()), /closed/);
    assert.equal((await bugOf(product))?.state, 'closed');

    await ledgerCrash(product, '2.0.1', 'b');
    await eventually('the older crash was counted', async () => (await bugOf(product))?.count === 2);
    assert.equal((await bugOf(product))?.state, 'closed', 'a crash of an older version reopens nothing');
    await ledgerCrash(product, '2.1.0', 'c');
    await eventually('the newer crash was counted', async () => (await bugOf(product))?.count === 3);
    assert.equal((await bugOf(product))?.state, 'open');
    await hand.page.reload();
    assert.match(plain(await hand.main()), /Mayday reopened it/);
  });

  task(
    'why the report of a client did not arrive',
    async (hand, at) => {
      const client = `field-agent-${at}`;
      const answer = await post(`${server.submitUrl}/submit/${'0'.repeat(32)}`, 'prod=Editor&ver=1', {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': `${client}/1.0 (Linux)`,
      });
      assert.ok(answer.status >= 400);
      await eventually('the inbox has it', async () => {
        const listed = await api(server, `/api/inbox?client=${client}`);
        return ((await listed.json()) as { readonly entries: readonly unknown[] }).entries.length > 0;
      });
      await hand.nav('Inbox');
      await hand.choose(hand.page.getByLabel('Client', { exact: true }), client);
      await hand.go(hand.page.getByRole('button', { name: 'Filter', exact: true }));
      const said = plain(await hand.main());
      assert.match(
        said,
        /What to change: (?:Put the address of the product’s integration page|Send the report as multipart)/,
      );
      assert.match(said, /Refused 1\b/);
    },
    WAYS,
  );

  task('symbols are uploaded in the browser, and frames are named', async (hand, at) => {
    // A build of its own for each way: the last byte of the build id tells.
    const bytes = Buffer.from(demoMinidump(now));
    const place = bytes.indexOf(Buffer.from(Array.from({ length: 16 }, (_, n) => 0xd0 + n)));
    assert.notEqual(place, -1);
    bytes[place + 15] = 0xa0 + at;
    const id = `D3D2D1D0D5D4D7D6D8D9DADBDCDDDE${(0xa0 + at).toString(16).toUpperCase()}0`;
    const file = path.join(dir, `demo-app-${at}.sym`);
    writeFileSync(
      file,
      [
        `MODULE Linux x86_64 ${id} demo-app`,
        'FILE 0 src/canvas.cc',
        `FUNC 1200 100 0 canvas::paint_${at}()`,
        '1200 100 42 0',
        '',
      ].join('\n'),
    );
    const sent = await submit(server.submitUrl, [
      { name: 'prod', value: 'Painter' },
      { name: 'ver', value: `1.${at}` },
      dump(bytes),
    ]);
    const crashId = crashIdOf(sent);
    await eventually('the report is processed', async () => {
      const report = (await (await api(server, `/api/reports/${crashId}`)).json()) as {
        readonly state: string;
      };
      return report.state === 'processed';
    });
    await hand.nav('Reports');
    await hand.go(hand.page.locator(`a[href="/reports/${crashId}"]`).first());
    assert.match(await hand.main(), /1 module lacks symbols/);
    await hand.chooseFile(hand.page.getByLabel(/^Symbol files/), file);
    await hand.go(hand.page.getByRole('button', { name: 'Upload symbols', exact: true }));
    await hand.page.waitForURL(`**/reports/${crashId}?done=symbols-uploaded`);
    assert.match(
      await hand.page.locator('.frames').first().innerText(),
      new RegExp(`canvas::paint_${at}[\\s\\S]*canvas\\.cc:42`),
    );
  });

  task(
    'a colleague is invited who may read and nothing else',
    async (hand, at) => {
      const email = `colleague-${at}@example.org`;
      await hand.nav('People');
      await hand.type(hand.page.getByLabel('E-mail', { exact: true }), email);
      await hand.choose(hand.page.locator('#field-role'), 'read: reads');
      await hand.go(hand.page.getByRole('button', { name: 'Make invitation link', exact: true }));
      const link = /http:\/\/\S+\/invitation\/[\w-]+/.exec(await hand.main())?.[0] ?? '';
      assert.match(link, /invitation/);
      const guest = await browser.newContext({ baseURL: server.reportsUrl });
      contexts.push(guest);
      const page = await guest.newPage();
      await page.goto(new URL(link).pathname);
      for (const [name, value] of [
        ['name', 'Grace'],
        ['password', PASSWORD],
        ['repeated', PASSWORD],
      ] as const) {
        await page.fill(`[name=${name}]`, value);
      }
      await page.click('button.primary');
      await page.waitForURL((url) => !url.pathname.startsWith('/invitation'));
      await page.goto('/bugs/1');
      assert.equal(await page.getByRole('button', { name: 'Close bug' }).count(), 0);
      assert.equal((await page.goto('/people'))?.status(), 403);
      await guest.close();
    },
    WAYS,
  );

  task('a webhook is set up, and a test of it arrives', async (hand, at) => {
    const { port } = receiver.address() as AddressInfo;
    const before = told.length;
    await hand.nav('Webhooks');
    await hand.type(
      hand.page.getByLabel('Address', { exact: true }).first(),
      `http://127.0.0.1:${port}/hook-${at}`,
    );
    await hand.go(hand.page.getByRole('button', { name: 'Add webhook', exact: true }));
    await hand.go(hand.page.getByRole('button', { name: /test/i }).first());
    await eventually('the receiver was told', () => Promise.resolve(told.length > before));
    assert.ok((told.at(-1) ?? '').includes('test'), told.at(-1));
  });

  task(
    'a program is integrated by pasting',
    async (hand) => {
      await hand.nav('Products');
      const row = hand.page
        .locator('tr[data-row]', { has: hand.page.getByText('Editor', { exact: true }) })
        .first();
      await hand.go(row.getByRole('link', { name: /^Integration/ }));
      const command = await hand.page.locator('pre', { hasText: 'curl ' }).first().innerText();
      assert.ok(
        command.includes(server.submitUrl.replace('127.0.0.1', '')) || command.includes('/submit'),
        command,
      );
      assert.match(
        execFileSync('sh', ['-c', `${command} 2>/dev/null`], { encoding: 'utf8', cwd: sampleFolder() }),
        /CrashID=bp-/,
      );
    },
    WAYS,
  );

  /** What samples name that is to be sent. */
  function sampleFolder(): string {
    const folder = mkdtempSync(path.join(dir, 'sample-'));
    writeFileSync(path.join(folder, 'crash.dmp'), demoMinidump(now));
    return folder;
  }

  task(
    'all reports of one installation',
    async (hand) => {
      // Of the newest reports the one whose installation has sent most of its product.
      const newest = made.toSorted((one, other) => other.receivedAt - one.receivedAt).slice(0, 15);
      const sent = (of: MadeCrash): number =>
        made.filter((one) => one.product === of.product && one.installation === of.installation).length;
      const [one] = newest.toSorted((a, b) => sent(b) - sent(a));
      assert.ok(one !== undefined);
      const product = PRODUCTS[one.product]?.name ?? '';
      const query = new URLSearchParams({ product, installation: `installation ${one.installation}` });
      const listed = (await (await api(server, `/api/reports?${query.toString()}`)).json()) as {
        readonly reports: readonly { readonly crashId: string }[];
      };
      await hand.nav('Reports');
      await hand.go(hand.page.locator(`a[href="/reports/${listed.reports[0]?.crashId ?? ''}"]`).first());
      await hand.go(hand.page.getByRole('link', { name: 'all reports of this installation', exact: true }));
      assert.equal(await hand.page.locator('tr[data-row]').count(), sent(one));
    },
    WAYS,
  );

  task('what changed in this release', async (hand) => {
    const order = (version: string | null): number =>
      (version ?? '').split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
    const crashes = crashesOf(BROWSER);
    const versions = [...new Set(crashes.map(({ processed }) => processed.version))].toSorted(
      (one, other) => order(other) - order(one),
    );
    const [fresh, base] = versions;
    const isNew = (bug: number): boolean =>
      crashes.filter((one) => one.bug === bug).every((one) => one.processed.version === fresh);
    const brought = [
      ...new Set(crashes.filter(({ processed }) => processed.version === fresh).map(({ bug }) => bug)),
    ].filter(isNew);
    await hand.nav('Releases');
    await hand.go(
      hand.page
        .getByRole('link', { name: `Compare ${fresh} with ${base}`, exact: true })
        .and(hand.page.locator(`a[href*="/${BROWSER}/"]`)),
    );
    const said = digits(await hand.main());
    assert.match(said, new RegExp(`${BROWSER} ${fresh} against ${base}`));
    if (brought.length > 0) assert.match(said, new RegExp(`New ${brought.length} ·`));
    for (const bug of brought) {
      const title = crashes.find((one) => one.bug === bug)?.processed.crashes[0]?.signature ?? '';
      assert.ok(said.includes(title), `${title} is new: ${said}`);
    }
    assert.match(said, /Too few to tell|Worse|Better|Gone/);
  });

  test('no script failed, and nothing was refused by the content security policy', () => {
    assert.deepEqual(faults, []);
  });
});
