// The contract of the client library for JavaScript in a real browser (headless Chromium).
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { reportIn } from './bench.ts';
import { readableDifferences } from './match.ts';
import { JQUERY, startPageServer } from './page-server.ts';
import type { PageServer } from './page-server.ts';
import { PRODUCT } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { Behaviour, Recorded, RecordingServer } from './recording-server.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const EXPECTED = path.resolve(import.meta.dirname, '../javascript/expected-report.browser.json');

/** A missing program is an error in CI and a reason for a skip elsewhere. */
function absent(file: string, what: string): string | false {
  if (existsSync(file)) return false;
  const reason = `${what} is not installed (${file}); see scripts/install-runtimes.sh`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

describe('client library: javascript in Chromium', { skip: absent(CHROMIUM, 'Chromium') }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pages: PageServer;
  let server: RecordingServer;

  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    pages = await startPageServer();
  });
  after(async () => {
    await browser.close();
    await pages.close();
  });
  beforeEach(async () => {
    server = await startRecordingServer();
    context = await browser.newContext();
    await context.addCookies([
      { name: 'sid', value: 'hunter2', url: pages.origin },
      { name: 'theme', value: 'dark', url: pages.origin },
    ]);
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await server.close();
  });

  const sampleUrl = (more = ''): string =>
    `${pages.origin}/sample/index.html?url=${encodeURIComponent(server.url)}&product=${PRODUCT}&token=hunter2${more}`;
  const click = async (id: string): Promise<void> => {
    await page.click(`#${id}`);
  };
  /** The reports so far; the token in the address is no secret that was sent in a report. */
  const reports = (): readonly Record<string, unknown>[] => server.requests.map(reportIn);
  const keys = (): Promise<string[]> =>
    page.evaluate('Object.keys(localStorage).filter((key) => /:(report|state)/.test(key)).sort()');
  const settled = async (): Promise<void> => {
    await page.waitForFunction('!Object.keys(localStorage).some((key) => key.includes(":report:"))');
  };
  const failedOnce = async (): Promise<void> => {
    await page.waitForFunction('Object.keys(localStorage).some((key) => key.endsWith(":state"))');
  };

  it('reports an uncaught error as expected, once; the console and window.onerror still see it', async () => {
    const seen: string[] = [];
    page.on('pageerror', (error) => seen.push(error.message));
    await page.addInitScript('window.onerror = (message) => { window.heard = message; };');
    await page.goto(sampleUrl());
    await click('crash');
    await server.arrived(1);
    await settled();
    const expected: unknown = JSON.parse(readFileSync(EXPECTED, 'utf8'));
    assert.equal(readableDifferences(expected, reports()[0]), '');
    assert.equal(server.requests.length, 1);
    assert.deepEqual(seen, ['the order cannot be read']);
    assert.match(String(await page.evaluate('window.heard')), /the order cannot be read/);
  });

  it('posts a simple request without cookies, with the test token', async () => {
    await page.goto(sampleUrl());
    await click('crash');
    await server.arrived(1);
    const [request] = server.requests as [Recorded];
    assert.equal(request.path, `/api/1/default/products/${PRODUCT}/reports`);
    assert.equal(request.query.get('token'), 'hunter2');
    assert.equal(request.headers['cookie'], undefined);
    assert.match(String(request.headers['content-type']), /^text\/plain/);
  });

  it('reports an unhandled rejection', async () => {
    await page.goto(sampleUrl());
    await click('reject');
    await server.arrived(1);
    assert.equal(reports()[0]?.['severity'], 'major');
  });

  it('reports a handled error with its data, and goes on', async () => {
    await page.goto(sampleUrl());
    await click('report');
    assert.equal(await page.textContent('#done'), 'still running');
    await server.arrived(1);
    assert.deepEqual(reports()[0]?.['data'], { order: 17, password: '[filtered]' });
    assert.equal(reports()[0]?.['severity'], 'normal');
  });

  it('merges repeats into counts, and sends what waits when the page goes away', async () => {
    await page.goto(sampleUrl());
    await click('repeat');
    await server.arrived(1);
    await click('repeat');
    await page.goto('about:blank');
    await server.arrived(2);
    const counts = reports().map((report) => Number(report['count'] ?? 1));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      50,
    );
    assert.ok(counts.length <= 4, `${counts.length} requests`);
  });

  it('tells the session of a page when it comes and when it goes, where the page asks for it', async () => {
    await page.goto(sampleUrl());
    const options = JSON.stringify({ url: server.url, product: PRODUCT, version: '1.2.3', sessions: true });
    await page.evaluate(`Mayday.install(${options})`);
    await server.arrived(1);
    await click('report');
    await server.arrived(2);
    assert.equal(await page.evaluate('Mayday.flush()'), true);
    await page.goto('about:blank');
    await server.arrived(3);
    const states = server.requests.filter(({ path: where }) => where.endsWith('/session')).map(reportIn);
    const [came, went] = states.map(({ status, errors, seq, release }) => ({ status, errors, seq, release }));
    assert.deepEqual(came, { status: 'ok', errors: 0, seq: 1, release: '1.2.3' });
    assert.deepEqual(went, { status: 'exited', errors: 1, seq: 2, release: '1.2.3' });
    assert.equal(states[0]?.['sid'], states[1]?.['sid']);
  });

  it('keeps its installation id', async () => {
    await page.goto(sampleUrl());
    await click('crash');
    await server.arrived(1);
    // A page that goes before the answer came would send its report again, after a pause.
    assert.equal(await page.evaluate('Mayday.flush()'), true);
    await page.reload();
    await click('crash');
    await server.arrived(2);
    assert.deepEqual(reports()[0]?.['host'], reports()[1]?.['host']);
  });

  for (const behaviour of [
    'error',
    'busy',
    'garbage',
    'not-http',
    'cut',
    'redirect',
    'slow',
    'trickle',
  ] as Behaviour[]) {
    it(`keeps the report and sends it later, once, when the server is: ${behaviour}`, async () => {
      server.behaviour = behaviour;
      await page.goto(sampleUrl());
      await click('crash');
      await failedOnce();
      const before = server.requests.length;
      assert.ok(before >= 1);
      server.behaviour = 'ok';
      await page.reload();
      await page.waitForTimeout(200);
      assert.equal(server.requests.length, before, 'not before the pause is over');
      assert.equal(await page.evaluate('Mayday.flush()'), true);
      assert.equal(server.requests.length, before + 1);
      assert.equal(reports().at(-1)?.['occurrence_id'], reports()[0]?.['occurrence_id']);
      assert.deepEqual(await keys(), []);
      assert.equal(await page.evaluate('Mayday.flush()'), true);
      assert.equal(server.requests.length, before + 1, 'nothing is sent twice');
    });
  }

  it('keeps the report and sends it later, once, when the server is: down', async () => {
    const port = Number(new URL(server.url).port);
    await server.close();
    await page.goto(sampleUrl());
    await click('crash');
    await failedOnce();
    server = await startRecordingServer('ok', port);
    await page.reload();
    assert.equal(await page.evaluate('Mayday.flush()'), true);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(await keys(), []);
  });

  it('gives up a report that the server calls invalid', async () => {
    server.behaviour = 'invalid';
    await page.goto(sampleUrl());
    await click('crash');
    await server.arrived(1);
    await settled();
  });

  it('works where localStorage is closed, full or damaged', async () => {
    await page.addInitScript(
      "Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed'); } });",
    );
    await page.goto(sampleUrl());
    await click('crash');
    await server.arrived(1);

    const full = await context.newPage();
    await full.addInitScript(
      "localStorage.setItem('full', 'x'.repeat(5 * 1024 * 1024 - 10)); localStorage.setItem('f', '1'); ",
    );
    await full.goto(sampleUrl()).catch(() => undefined);
    await full.click('#crash');
    await server.arrived(2);

    const damaged = await context.newPage();
    await damaged.addInitScript(
      `localStorage.clear(); localStorage.setItem('mayday:default/${PRODUCT}:report:1', '{"id'); localStorage.setItem('mayday:default/${PRODUCT}:state', 'null');`,
    );
    await damaged.goto(sampleUrl());
    await damaged.click('#crash');
    await server.arrived(3);
  });

  it('drops the oldest reports when there are too many, and those that are too old', async () => {
    server.behaviour = 'error';
    const entry = (index: number, at: number): string =>
      `localStorage.setItem('mayday:default/${PRODUCT}:report:e${index}', JSON.stringify({ id: 'e${index}', fingerprint: 'f${index}', at: ${at}, tried: true, report: { occurrence_id: 'e${index}', stacktrace: [] } }));`;
    const now = Date.now();
    const entries = Array.from({ length: 30 }, (_, index) => entry(index, now - (30 - index) * 1000));
    await page.addInitScript(
      `if (!localStorage.length) { ${entries.join('')} ${entry(99, now - 15 * 86_400_000)} }`,
    );
    await page.goto(sampleUrl());
    await failedOnce();
    await click('crash');
    await page.waitForTimeout(100);
    const left = (await keys()).filter((key) => key.includes(':report:'));
    assert.ok(left.length <= 20, `${left.length} reports`);
    assert.ok(left.some((key) => key.endsWith(':e29')));
    assert.ok(!left.some((key) => key.endsWith(':e99')));
  });

  it('reports an error of another origin by what the browser tells', async () => {
    pages.pages.set('/foreign.js', 'setTimeout(() => { throw new Error("hidden"); }, 0);');
    const other = pages.origin.replace('127.0.0.1', 'localhost');
    pages.pages.set(
      '/foreign.html',
      `<script src="/mayday.js" data-url="${server.url}" data-product="${PRODUCT}" data-version="3"></script><script>Mayday.install({ scriptErrors: true, ignore: ['not this'] });</script><script src="${other}/foreign.js"></script>`,
    );
    await page.goto(`${pages.origin}/foreign.html`);
    await server.arrived(1);
    const [item] = (reports()[0] ?? {})['stacktrace'] as [{ kind: string; message: string }];
    assert.deepEqual({ kind: item.kind, message: item.message }, { kind: 'Error', message: 'Script error.' });
    assert.deepEqual(reports()[0]?.['version'], { number: '3' });
  });

  it('leaves out what a script of another origin hides, unless it is told to report it; two copies report once', async () => {
    pages.pages.set('/foreign.js', 'setTimeout(() => { throw new Error("hidden"); }, 0);');
    const other = pages.origin.replace('127.0.0.1', 'localhost');
    const library = `<script src="/mayday.js" data-url="${server.url}" data-product="${PRODUCT}"></script>`;
    pages.pages.set(
      '/quiet.html',
      `${library}${library}<script src="${other}/foreign.js"></script><script>setTimeout(() => { throw new Error('seen'); }, 200);</script>`,
    );
    await page.goto(`${pages.origin}/quiet.html`);
    await server.arrived(1);
    await settled();
    const messages = reports().map((report) => (report['stacktrace'] as [{ message: string }])[0].message);
    assert.deepEqual(messages, ['seen']);
  });

  it('reports a thrown text with its place', async () => {
    pages.pages.set(
      '/text.html',
      `<script src="/mayday.js" data-url="${server.url}" data-product="${PRODUCT}"></script>\n<script>\nsetTimeout(() => { throw 'only a text'; }, 0);\n</script>`,
    );
    await page.goto(`${pages.origin}/text.html`);
    await server.arrived(1);
    const [item] = (reports()[0] ?? {})['stacktrace'] as [
      {
        kind: string;
        message: string;
        locations: { line: number; absolute_url: string; source: string[] }[];
      },
    ];
    assert.equal(item.message, 'only a text');
    assert.equal(item.kind, 'string');
    assert.equal(item.locations[0]?.line, 3);
    assert.match(item.locations[0]?.source[5] ?? '', /throw 'only a text'/);
  });

  it(
    'names the jQuery event of an error, and sees what jQuery promises swallow',
    { skip: absent(JQUERY, 'jQuery') },
    async () => {
      pages.pages.set(
        '/jquery.html',
        `<script src="/mayday.js" data-url="${server.url}" data-product="${PRODUCT}"></script><script src="/jquery.js"></script>
       <button id="b" class="big red">b</button><script>
       jQuery('#b').on('click', function handler() { null.foo; });
       jQuery(function () { jQuery.Deferred().resolve().then(function swallowed() { undefined.bar; }); });
       </script>`,
      );
      const seen: string[] = [];
      page.on('pageerror', (error) => seen.push(error.message));
      await page.goto(`${pages.origin}/jquery.html`);
      await server.arrived(1);
      await page.click('#b');
      await server.arrived(2);
      assert.equal(reports()[0]?.['severity'], 'normal');
      const request = reports()[1]?.['request'] as Record<string, unknown>;
      assert.equal(request['event'], 'click');
      assert.equal(request['target'], 'button#b.big.red');
      assert.equal(seen.length, 1, 'the error still reaches the page');
      assert.equal(server.requests.length, 2);
    },
  );

  it('stays silent without configuration, and when disabled', async () => {
    await page.goto(`${pages.origin}/sample/index.html`);
    await click('crash');
    await page.goto(sampleUrl('&role=disabled'));
    await click('crash');
    await page.waitForTimeout(200);
    assert.equal(server.requests.length, 0);
    assert.deepEqual(await keys(), []);
  });
});
