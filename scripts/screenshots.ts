// Takes the pictures of docs/images anew: fills a server with crashes of some weeks, opens its pages in a browser, writes PNG files.
//   node scripts/screenshots.ts
// It needs a Chromium (CHROMIUM_PATH, or where systems put it).
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { fileCrashes } from '../bench/fill/file-crashes.ts';
import { createLog } from '../src/base/log.ts';
import { createMetrics } from '../src/base/metrics.ts';
import { openEmbeddedStore } from '../src/store/embedded/open.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const IMAGES = path.join(ROOT, 'docs/images');
const KNOWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FILLING = { reports: 6000, bugs: 300, days: 60 };
const SIZE = { width: 1440, height: 860 };
const START_MS = 120_000;

/** Name of the picture, and the page; `first`: a link on the page that is followed. */
const PICTURES: readonly { readonly name: string; readonly path: string; readonly first?: string }[] = [
  { name: 'overview', path: '/' },
  { name: 'bug', path: '/top?period=28d', first: 'tr[data-row] a' },
  { name: 'report', path: '/reports?product=Browser', first: 'tr[data-row] a.row' },
  { name: 'inbox', path: '/inbox' },
];

async function fill(dir: string): Promise<void> {
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
  await fileCrashes(store, { ...FILLING, now: Date.now() });
  await store.close();
}

/** Some requests that are refused, as the inbox shows them. */
async function sendWrongly(submitUrl: string): Promise<void> {
  const wrong = [
    { to: `/submit/${'0'.repeat(32)}`, type: 'text/plain', agent: 'Crashpad/1.0.0 (linux)' },
    { to: '/submit', type: 'application/x-www-form-urlencoded', agent: 'curl/8.9.1' },
    {
      to: `/api/12/store/?sentry_key=${'a'.repeat(32)}`,
      type: 'application/json',
      agent: 'sentry.python/2.19.0',
    },
  ];
  for (const { to, type, agent } of [...wrong, ...wrong.slice(2)]) {
    await fetch(`${submitUrl}${to}`, {
      method: 'POST',
      body: 'prod=Editor&ver=1',
      headers: { 'content-type': type, 'user-agent': agent },
    });
  }
}

const executablePath = process.env['CHROMIUM_PATH'] ?? KNOWN.find((one) => existsSync(one));
if (executablePath === undefined)
  throw new Error('No Chromium on this machine; install one or set CHROMIUM_PATH.');
const dir = mkdtempSync(path.join(tmpdir(), 'mayday-pictures-'));
await fill(dir);
const server = spawn(process.execPath, [path.join(ROOT, 'bin/mayday.js'), 'serve'], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'ignore'],
  env: {
    ...process.env,
    CRASH_REPORTS_DIR: dir,
    SUBMIT_SERVER_HOST: '127.0.0.1',
    SUBMIT_SERVER_PORT: '0',
    REPORTS_SERVER_PORT: '0',
    MIN_FREE_DISK_MB: '0',
  },
});
try {
  const said = await new Promise<string>((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`The server did not start: ${output}`)), START_MS);
    server.stdout.on('data', (piece: Buffer) => {
      output += piece.toString();
      if (!/\/setup\/\S+\s/.test(output)) return;
      clearTimeout(timer);
      resolve(output);
    });
  });
  const [, submitUrl = ''] = /Submit server\s+(\S+)\/submit/.exec(said) ?? [];
  const [, setup = ''] = /(http:\S+\/setup\/\S+)/.exec(said) ?? [];
  await sendWrongly(submitUrl);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await (await browser.newContext({ viewport: SIZE })).newPage();
  await page.goto(setup);
  const fields = {
    name: 'Ada',
    email: 'ada@example.org',
    password: 'correct horse battery',
    repeated: 'correct horse battery',
  };
  for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
  await page.click('button.primary');
  await page.waitForURL('**done=welcome');
  for (const picture of PICTURES) {
    await page.goto(new URL(picture.path, setup).href);
    if (picture.first !== undefined) {
      const to = await page.locator(picture.first).first().getAttribute('href');
      await page.goto(new URL(to ?? '', page.url()).href);
    }
    await page.screenshot({ path: path.join(IMAGES, `${picture.name}.png`) });
    process.stdout.write(`docs/images/${picture.name}.png\n`);
  }
  await browser.close();
} finally {
  server.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
