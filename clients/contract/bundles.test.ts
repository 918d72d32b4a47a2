// The client library for JavaScript inside of bundles: the library's frames are told from the application's although both are in one
// file, even on one line. Built by esbuild, webpack, vite and rollup, minified and not, for Node and for a browser.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { reportIn } from './bench.ts';
import { build, missingBundlers, projectFolder } from './bundlers.ts';
import type { Build } from './bundlers.ts';
import { innermost, runProgram } from './programs.ts';
import type { Report } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const missing = missingBundlers();

/** A program whose errors pass through the library, come from it, or have nothing to do with it. */
const program = (specifier: string, install: string): string => `import mayday from '${specifier}';
mayday.install(${install});
function inner() { throw new Error('from the bundle'); }
function outer() { inner(); }
function another() { throw new Error('another one'); }
function words() { mayday.report('only a text'); }
function scoped() {
  mayday.withContext({ user: { id: 1 } }, function within() {
    try { inner(); } catch (error) { mayday.report(error); }
  });
}
setTimeout(words, 1);
setTimeout(scoped, 2);
setTimeout(() => { try { another(); } catch (error) { mayday.report(error); } }, 3);
setTimeout(outer, 20);
`;

const inBundle = (report: Report): readonly Readonly<Record<string, unknown>>[] =>
  (report.stacktrace.at(-1)?.locations ?? []).filter((at) =>
    isBundle(at['absolute_file'] ?? at['absolute_url']),
  );

function isBundle(file: unknown): boolean {
  return typeof file === 'string' && /bundle\.js|main\.js/.test(file);
}

function assertOwnFramesOnly(reports: readonly Report[]): void {
  const frames = (message: string, severity?: string): number => {
    const report = reports.find(
      (one) =>
        one.stacktrace.at(-1)?.message === message && (severity === undefined || one.severity === severity),
    );
    assert.ok(report, `no report says ${message}: ${JSON.stringify(reports).slice(0, 2000)}`);
    return inBundle(report).length;
  };
  assert.equal(frames('from the bundle', 'major'), 2);
  assert.equal(frames('from the bundle', 'normal'), 3);
  assert.equal(frames('another one'), 2);
  assert.equal(frames('only a text'), 1);
  const places = new Set(reports.map((report) => JSON.stringify(innermost(report))));
  assert.equal(places.size, 3, 'different errors begin in different places');
  for (const report of reports)
    assert.ok(isBundle(innermost(report)['absolute_file'] ?? innermost(report)['absolute_url']));
}

/** In a browser minified alone: there what is told by column is what may differ. */
const ways = (platform: Build['platform']): readonly Build[] =>
  (['esbuild', 'webpack', 'vite', 'rollup'] as const).flatMap((bundler) =>
    (platform === 'node' ? [false, true] : [true]).map((minified) => ({ bundler, platform, minified })),
  );

describe('client library: javascript in bundles for Node', { skip: missing }, () => {
  let server: RecordingServer;
  before(async () => {
    server = await startRecordingServer();
  });
  after(() => server.close());

  for (const way of ways('node')) {
    // Vite takes files beside the program for ES modules.
    const specifier = way.bundler === 'vite' ? './mayday.mjs' : './mayday.js';
    it(`tells frames apart after ${way.bundler}${way.minified ? ', minified' : ''} (${specifier})`, async () => {
      const folder = projectFolder({ 'main.js': program(specifier, '{}') });
      const done = await runProgram(server, ['node', build(folder, way)]);
      assert.equal(done.result.code, 1);
      assertOwnFramesOnly(done.reports);
    });
  }

  it('sends at the end of a program whose bundler keeps names', async () => {
    const folder = projectFolder({
      'main.js': "import mayday from './mayday.mjs'; mayday.install(); throw new Error('at once');",
    });
    const flags = [
      '--bundle',
      '--platform=node',
      '--minify',
      '--keep-names',
      '--target=es2016',
      '--outfile=kept.js',
    ];
    const bundled = spawnSync(path.join(folder, 'node_modules/.bin', 'esbuild'), ['main.js', ...flags], {
      cwd: folder,
    });
    assert.equal(bundled.status, 0, String(bundled.stderr));
    const done = await runProgram(server, ['node', path.join(folder, 'kept.js')]);
    assert.equal(done.reports[0]?.stacktrace[0]?.message, 'at once');
  });
});

describe(
  'client library: javascript in bundles for a browser',
  { skip: missing || (existsSync(CHROMIUM) ? false : `Chromium is not installed (${CHROMIUM})`) },
  () => {
    let browser: Browser;
    let server: RecordingServer;
    before(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      server = await startRecordingServer();
    });
    after(async () => {
      await browser.close();
      await server.close();
    });

    const reportsOf = async (address: string, count: number): Promise<readonly Report[]> => {
      const from = server.requests.length;
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(address);
      await server.arrived(from + count);
      await context.close();
      return server.requests.slice(from).map((request) => reportIn(request) as unknown as Report);
    };
    const installed = (): string => JSON.stringify({ url: server.url, product: 'bundle', version: '1' });

    for (const way of ways('browser')) {
      const specifier = way.bundler === 'vite' ? './mayday.mjs' : './mayday.js';
      it(`tells frames apart after ${way.bundler}${way.minified ? ', minified' : ''}`, async () => {
        const file = build(projectFolder({ 'main.js': program(specifier, installed()) }), way);
        const pages = await servePage(file);
        try {
          assertOwnFramesOnly(await reportsOf(pages.address, 4));
        } finally {
          await pages.close();
        }
      });
    }

    for (const [what, source] of [
      ['default import', `import mayday from './mayday.mjs'; mayday.install(INSTALL);`],
      ['named import', `import { install } from './mayday.mjs'; install(INSTALL);`],
      ['script of its own', `import './mayday.js'; window.Mayday.install(INSTALL);`],
    ] as const) {
      it(`works in Vite's dev server: ${what}`, async () => {
        const main = `${source.replace('INSTALL', installed())}\nsetTimeout(function late() { throw new Error('vite dev'); }, 10);\n`;
        const folder = projectFolder({
          'main.js': main,
          'index.html': '<script type="module" src="/main.js"></script>',
        });
        const dev = await startViteDev(folder);
        try {
          const [report] = await reportsOf(dev.address, 1);
          assert.ok(report);
          assert.equal(report.stacktrace[0]?.message, 'vite dev');
          assert.equal(innermost(report)['method'], 'late');
        } finally {
          await dev.close();
        }
      });
    }
  },
);

interface Served {
  readonly address: string;
  close(): Promise<void>;
}

async function servePage(script: string): Promise<Served> {
  const text = readFileSync(script);
  const server = createServer((request, response) => {
    const isScript = request.url === '/bundle.js';
    response.writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? text : '<!doctype html><script src="/bundle.js"></script>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function startViteDev(folder: string): Promise<Served> {
  const child = spawn(path.join(folder, 'node_modules/.bin/vite'), ['--host', '127.0.0.1', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const end = Date.now() + 30_000;
  for (;;) {
    // Colours stand inside of the address.
    // eslint-disable-next-line no-control-regex
    const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(output.replaceAll(/\u001B\[[\d;]*m/g, ''))?.[0];
    if (address !== undefined) {
      return {
        address,
        close: async () => {
          child.kill();
          if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
        },
      };
    }
    if (child.exitCode !== null || Date.now() > end) throw new Error(`vite did not start: ${output}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
