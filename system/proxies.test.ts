// The servers behind real proxies, with the files of deploy/: uploads of every kind come through, the reports server works below a path
// in a real browser, and `doctor --url` says of each proxy what it does to Crashpad's HTTP/1.0 with chunks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import { freePort, lacks, startCaddy, startNginx, type ProxyPorts, type RunningProxy } from './proxies.ts';
import { dump, form } from './requests.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from './server.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const PASSWORD = 'correct horse battery';

interface Setup {
  readonly server: TestServer;
  readonly ports: ProxyPorts;
  readonly proxy: RunningProxy;
  stop(): Promise<void>;
}

/** Mayday behind a proxy; its public addresses are what `urls` makes of the proxy's ports. */
async function behind(
  start: (ports: ProxyPorts) => Promise<RunningProxy>,
  urls: (ports: ProxyPorts) => Readonly<Record<string, string>> = () => ({}),
): Promise<Setup> {
  const [http, https, submit, reports] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports = { http, https, submit, reports };
  const server = await startServer({
    env: {
      SUBMIT_SERVER_PORT: String(submit),
      REPORTS_SERVER_PORT: String(reports),
      TRUST_PROXY: '127.0.0.1',
      ...urls(ports),
    },
  });
  const proxy = await start(ports).catch(async (error: unknown) => {
    await server.remove();
    throw error;
  });
  return {
    server,
    ports,
    proxy,
    async stop() {
      await proxy.stop();
      await server.remove();
    },
  };
}

/** A request with a Host of its own, in chunks where it has no length. */
function send(
  port: number,
  options: {
    readonly host: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  },
  body: Buffer,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const { host, headers } = options;
    const outgoing = request(
      { host: '127.0.0.1', port, method: 'POST', path: options.path, headers: { host, ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    outgoing.on('error', reject);
    const half = body.length >> 1;
    outgoing.write(body.subarray(0, half));
    outgoing.end(body.subarray(half));
  });
}

/** Crashpad's socket transport. */
function socketTransport(body: Buffer, type: string, target = '/submit'): Buffer {
  return Buffer.concat([
    Buffer.from(
      `POST ${target} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ),
    Buffer.from(`${body.length.toString(16)}\r\n`),
    body,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
}

function raw(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

function doctor(url: string): Promise<string> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-doctor-'));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(ROOT, 'bin/mayday.js'), 'doctor', '--url', url], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'] ?? '',
        CRASH_REPORTS_DIR: dir,
        MAX_UPLOAD_SIZE_MB: '100',
      },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('exit', () => {
      rmSync(dir, { recursive: true, force: true });
      resolve(output);
    });
  });
}

const small = form([
  { name: 'prod', value: 'Proxied' },
  { name: 'ver', value: '1' },
  dump(randomBytes(2000)),
]);

async function takesUploads(setup: Setup, host: string, prefix = ''): Promise<void> {
  const { http } = setup.ports;
  const target = { host, path: `${prefix}/submit` };
  const plain = await send(
    http,
    { ...target, headers: { 'content-type': small.type, 'content-length': String(small.body.length) } },
    small.body,
  );
  assert.match(plain.text, /^CrashID=bp-/, 'a form with a length');
  const packed = gzipSync(small.body);
  const chunked = await send(
    http,
    { ...target, headers: { 'content-type': small.type, 'content-encoding': 'gzip' } },
    packed,
  );
  assert.match(chunked.text, /^CrashID=bp-/, 'gzip in chunks, as Crashpad with libcurl sends it');
  const large = form([{ name: 'prod', value: 'Proxied' }, dump(randomBytes(40_000_000))]);
  const big = await send(
    http,
    { ...target, headers: { 'content-type': large.type, 'content-length': String(large.body.length) } },
    large.body,
  );
  assert.match(big.text, /^CrashID=bp-/, 'a form of 40 MB');
}

const KINDS = [
  {
    program: 'nginx',
    start: startNginx,
    own: 'mayday.conf',
    below: 'below-path.conf',
    shared: 'one-host.conf',
  },
  { program: 'caddy', start: startCaddy, own: 'Caddyfile', below: 'BelowPath.Caddyfile', shared: null },
] as const;

for (const { program, start, own, below, shared } of KINDS) {
  const skip = process.env['CI'] === 'true' ? false : lacks(program);

  describe(`behind ${program}`, { skip }, () => {
    let setup: Setup;
    before(async () => (setup = await behind((ports) => start(own, ports))));
    after(() => setup?.stop());

    test('uploads of every kind come through', () => takesUploads(setup, 'crashes.example.com'));

    test('HTTP/1.0 with chunks does not come through', async () => {
      const answer = await raw(
        setup.ports.http,
        Buffer.from(
          socketTransport(small.body, small.type)
            .toString('latin1')
            .replace('Host: 127.0.0.1', 'Host: crashes.example.com'),
          'latin1',
        ),
      );
      assert.doesNotMatch(answer, /CrashID=/);
    });
  });

  if (shared !== null) {
    test(`${program} serves everything under one host name`, { skip }, async () => {
      const setup = await behind((ports) => start(shared, ports));
      try {
        await takesUploads(setup, 'mayday.example.com');
        const page = await fetch(`http://127.0.0.1:${setup.ports.http}/sign-in`);
        assert.match(await page.text(), /<title>Sign in/);
      } finally {
        await setup.stop();
      }
    });
  }

  describe(`below a path of a host, behind ${program}`, { skip }, () => {
    let setup: Setup;
    let browser: Browser;
    let page: Page;
    const faults: string[] = [];
    const base = (): string => `https://localhost:${setup.ports.https}/mayday`;

    before(async () => {
      setup = await behind(
        (ports) => start(below, ports),
        (ports) => ({
          PUBLIC_REPORTS_URL: `https://localhost:${ports.https}/mayday/`,
          PUBLIC_SUBMIT_URL: `http://localhost:${ports.http}/crashes/`,
        }),
      );
      assert.ok(existsSync(CHROMIUM), 'no Chromium on this machine');
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`${page.url()}: ${message.text()}`);
      });
      page.on('response', (response) => {
        if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
        if (!response.url().startsWith(`${base()}/`)) faults.push(`outside of the path: ${response.url()}`);
      });
    });
    after(async () => {
      await browser?.close();
      await setup?.stop();
    });

    test('uploads come through below a path, too', () => takesUploads(setup, 'localhost', '/crashes'));

    test('the one-time link makes an administrator, who is signed in below the path alone', async () => {
      const [, link = ''] = /(https:\/\/\S+\/mayday\/setup\/\S+)/.exec(setup.server.output()) ?? [];
      assert.notEqual(link, '');
      await page.goto(link);
      for (const [name, value] of [
        ['name', 'Ada'],
        ['email', 'ada@example.org'],
        ['password', PASSWORD],
        ['repeated', PASSWORD],
      ] as const) {
        await page.fill(`[name=${name}]`, value);
      }
      await page.click('button.primary');
      await page.waitForURL(`${base()}/?done=welcome`);
      const cookies = await page.context().cookies();
      assert.ok(cookies.length > 0);
      for (const { name, path: scope, secure } of cookies)
        assert.deepEqual([name.startsWith('__Secure-'), scope, secure], [true, '/mayday/', true]);
    });

    test('every entry of the navigation, a filter, a report and its bug are reached by clicking', async () => {
      await page.goto(`${base()}/`);
      const entries = await page.locator('nav[aria-label=Main] a').allTextContents();
      assert.ok(entries.length > 8);
      for (const entry of entries) {
        const link = page.locator(`nav[aria-label=Main] a:text-is("${entry.trim()}")`);
        // What is seldom wanted is behind "More" where the window has no room.
        if (!(await link.isVisible())) await page.click('nav[aria-label=Main] summary');
        await link.click();
        await page.waitForLoadState();
        assert.equal(await page.locator('h1').count(), 1, entry);
      }
      await page.click('nav[aria-label=Main] a:text-is("Reports")');

      await page.locator('form[role=search] button').first().click();
      await page.waitForURL(`${base()}/reports?**`);
      await page.locator('[data-row] a.row').first().click();
      await page.waitForURL(`${base()}/reports/*`);
    });

    test('the integration page shows addresses with the path, and they work', async () => {
      await page.goto(`${base()}/products/default/Proxied/integration`);
      const text = await page.locator('main').innerText();
      assert.ok(text.includes(`http://localhost:${setup.ports.http}/crashes/submit`), text.slice(0, 3000));
      assert.ok(text.includes(`${base()}/clients/`));
      const dsn = new RegExp(`http://[0-9a-f]+@localhost:${setup.ports.http}/crashes/\\d+`).exec(text)?.[0];
      assert.ok(dsn !== undefined, 'a DSN below the path');
      const { username, pathname } = new URL(dsn);
      const event = `{"dsn":"${dsn}"}\n{"type":"event"}\n{"message":"through the proxy","platform":"other"}\n`;
      const project = pathname.split('/').at(-1);
      const answer = await send(
        setup.ports.http,
        {
          host: 'localhost',
          path: `/crashes/api/${project}/envelope/?sentry_key=${username}`,
          headers: { 'content-length': String(event.length) },
        },
        Buffer.from(event),
      );
      assert.equal(answer.status, 200, answer.text);
    });

    test('the API answers below the path, and its addresses lead there', async () => {
      const fetched = await page.request.get(`${base()}/api/reports?limit=1`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      const { reports } = (await fetched.json()) as { reports: { url: string }[] };
      assert.match(reports[0]?.url ?? '', /^\/mayday\/api\/reports\//);
    });

    test('signing out ends at the sign-in below the path', async () => {
      await page.goto(`${base()}/account`);
      await page.click('button:text-is("Sign out")');
      await page.waitForURL(`${base()}/sign-in**`);
      assert.deepEqual(faults, []);
    });
  });
}

describe(
  'connections passed through by nginx',
  { skip: process.env['CI'] === 'true' ? false : lacks('nginx') },
  () => {
    let setup: Setup;
    before(async () => (setup = await behind((ports) => startNginx('stream.conf', ports))));
    after(() => setup?.stop());

    test("HTTP/1.0 with chunks, as Crashpad's socket transport sends it, is stored", async () => {
      assert.match(await raw(setup.ports.http, socketTransport(small.body, small.type)), /CrashID=bp-/);
    });

    test('the doctor says so', async () => {
      const said = await doctor(`http://127.0.0.1:${setup.ports.http}`);
      assert.match(said, /HTTP\/1\.0 with chunks, as Crashpad's socket transport sends it, arrives whole/);
    });
  },
);

describe(
  'the doctor, asked from outside',
  { skip: process.env['CI'] === 'true' ? false : lacks('nginx') || lacks('caddy') },
  () => {
    for (const [program, startProxy, file, came] of [
      ['nginx', startNginx, 'below-path.conf', /breaks HTTP\/1\.0 with chunks.*status 400/],
      ['caddy', startCaddy, 'BelowPath.Caddyfile', /breaks HTTP\/1\.0 with chunks.*the body is lost/],
    ] as const) {
      test(`finds everything else well behind ${program}`, async () => {
        const setup = await behind((ports) => startProxy(file, ports));
        try {
          const said = await doctor(`http://localhost:${setup.ports.http}/crashes`);
          assert.match(said, /gzip bodies pass unchanged/);
          assert.match(said, /chunked bodies are passed on as they arrive/);
          assert.match(said, /bodies of \d+ MB pass/);
          assert.match(said, came);
        } finally {
          await setup.stop();
        }
      });
    }
  },
);
