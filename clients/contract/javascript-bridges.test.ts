// What JavaScript's frameworks tell the client library by the code on docs/bridges/javascript.md, with the real packages: servers on two
// versions of Node, pages in Chromium.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { reportIn, variablesFor } from './bench.ts';
import { BUNDLERS, missingBundlers } from './bundlers.ts';
import { startPageServer } from './page-server.ts';
import type { PageServer } from './page-server.ts';
import { innermost, only, runProgram } from './programs.ts';
import type { ProgramRun, Report } from './programs.ts';
import { QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { NODES, NODE_PACKAGES } from './runtimes.ts';
import { snippetFolder } from './snippets.ts';

const CLIENT = path.resolve(import.meta.dirname, '../javascript');
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const OF_CONTRACT = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };

/** The page's code beside the library, which finds the frameworks' packages. */
function projectWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = snippetFolder('javascript');
  cpSync(CLIENT, folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  symlinkSync(NODE_PACKAGES.command, path.join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const messages = ({ reports }: Pick<ProgramRun, 'reports'>): readonly string[] =>
  reports.map(({ stacktrace }) => String(stacktrace.at(-1)?.message)).sort();

for (const node of NODES) {
  describe(`bridges: ${node.name}`, { skip: NODE_PACKAGES.missing || node.missing }, () => {
    let server: RecordingServer;
    const folder = NODE_PACKAGES.missing === false ? projectWith() : '';
    before(async () => {
      server = await startRecordingServer();
    });
    after(() => server.close());
    const run = (name: string): Promise<ProgramRun> =>
      runProgram(server, [node.command, 'bridges.mjs', name, folder]);

    for (const framework of ['express', 'koa'] as const) {
      it(`${framework}: what a handler throws, and what it reports, with the request; no 404`, async () => {
        const done = await run(framework);
        assert.equal(done.result.stdout, 'answer 500\nanswer 200\nanswer 404\n', done.result.stderr);
        assert.deepEqual(messages(done), [`handled in ${framework}`, `in ${framework}`]);
        const [handled, thrown] = [`handled in ${framework}`, `in ${framework}`].map((message) =>
          done.reports.find(({ stacktrace }) => stacktrace.at(-1)?.message === message),
        );
        assert.equal(handled?.request?.['G_amount'], '4');
        assert.match(String(thrown?.request?.['url']), /\/orders\/7\?amount=3$/);
        assert.ok(thrown);
        assert.equal(innermost(thrown)['method'], 'fail');
      });
    }

    it('fastify: what a handler throws, with the request and its route; no 400 or 404', async () => {
      const done = await run('fastify');
      assert.equal(done.result.stdout, 'answer 500\nanswer 400\nanswer 404\n', done.result.stderr);
      assert.equal(only(done).data['route'], '/orders/:id');
      assert.equal(only(done).request?.['G_amount'], '3');
    });

    it('a worker thread: its error is reported once, where the thread that started it dies of it, too', async () => {
      const done = await run('worker');
      assert.equal(done.result.code, 1);
      assert.equal(only(done).stacktrace[0]?.message, 'in a worker');
    });
  });
}

describe('bridges: servers that are built', { skip: NODE_PACKAGES.missing }, () => {
  let server: RecordingServer;
  before(async () => {
    server = await startRecordingServer();
  });
  after(() => server.close());

  /** Starts a development server, asks it for a page, waits for the report, ends it. */
  async function served(folder: string, words: readonly string[], question: string): Promise<Report> {
    const from = server.requests.length;
    const variables = {
      ...OF_CONTRACT,
      ...variablesFor(server.url, new QueueFolder()),
      NEXT_TELEMETRY_DISABLED: '1',
    };
    const child = spawn(process.execPath, words, { cwd: folder, env: variables, detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    try {
      const end = Date.now() + 120_000;
      // Colours stand inside of the address.
      const address = (): string | undefined =>
        // eslint-disable-next-line no-control-regex
        /http:\/\/127\.0\.0\.1:\d+/.exec(output.replaceAll(/\u001B\[[\d;]*m/g, ''))?.[0];
      while (address() === undefined && child.exitCode === null && Date.now() < end)
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
      assert.ok(address(), output);
      const answer = await fetch(`${address()}${question}`);
      await answer.text();
      assert.equal(answer.status, 500, output);
      await server.arrived(from + 1, 60_000).catch((problem: unknown) => {
        throw new Error(output, { cause: problem });
      });
    } finally {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    }
    return reportIn(server.requests[from]) as unknown as Report;
  }

  it('SvelteKit: what a load function throws, with the request', async () => {
    const folder = projectWith({
      'src/app.html': '<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
      'src/routes/orders/[id]/+page.server.js':
        "function fail() { throw new RangeError('in a load function'); }\nexport function load() { fail(); }\n",
      'src/routes/orders/[id]/+page.svelte': '<p>order</p>',
      'vite.config.js':
        "import { sveltekit } from '@sveltejs/kit/vite';\nexport default { plugins: [sveltekit()] };\n",
      'svelte.config.js': 'export default {};\n',
      'package.json': '{"private": true, "type": "module"}',
    });
    for (const name of ['hooks.server.js', 'mayday.mjs'])
      cpSync(path.join(folder, name), path.join(folder, 'src', name));
    const words = ['node_modules/vite/bin/vite.js', 'dev', '--host', '127.0.0.1', '--port', '0'];
    const report = await served(folder, words, '/orders/7?amount=3');
    assert.equal(report.stacktrace[0]?.message, 'in a load function');
    assert.equal(report.request?.['route'], '/orders/[id]');
  });

  it('Next.js: what a route throws, with the request and its route', async () => {
    const folder = projectWith({
      'app/layout.js':
        'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n',
      'app/orders/[id]/route.js':
        "function fail() { throw new RangeError('in a route'); }\nexport async function GET() { fail(); }\n",
    });
    const words = ['node_modules/next/dist/bin/next', 'dev', '--webpack', '-H', '127.0.0.1', '-p', '0'];
    const report = await served(folder, words, '/orders/7?amount=3');
    assert.equal(report.stacktrace.at(-1)?.message, 'in a route');
    assert.equal(report.request?.['route'], '/orders/[id]');
    assert.equal(report.data['kind'], 'route');
  });
});

const noBrowser =
  NODE_PACKAGES.missing ||
  missingBundlers() ||
  (existsSync(CHROMIUM) ? false : `Chromium is not installed (${CHROMIUM})`);
describe('bridges: pages in Chromium', { skip: noBrowser }, () => {
  let browser: Browser;
  let server: RecordingServer;
  let pages: PageServer;
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    server = await startRecordingServer();
    pages = await startPageServer();
  });
  after(async () => {
    await browser.close();
    await pages.close();
    await server.close();
  });

  /** The reports of a page whose script is bundled by esbuild. */
  async function reportsOf(main: string, count: number): Promise<readonly Report[]> {
    const folder = projectWith({ 'main.mjs': main });
    const words = [
      'main.mjs',
      '--bundle',
      '--outfile=out.js',
      '--jsx=automatic',
      '--define:process.env.NODE_ENV="production"',
      '--log-level=error',
    ];
    const bundled = spawnSync(path.join(BUNDLERS, 'node_modules/.bin/esbuild'), words, {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(bundled.status, 0, bundled.stderr);
    pages.pages.set('/bundled.js', readFileSync(path.join(folder, 'out.js'), 'utf8'));
    pages.pages.set(
      '/bundled',
      '<!doctype html><div id="a"></div><div id="b"></div><script src="/bundled.js"></script>',
    );
    return visit('/bundled', count);
  }

  async function visit(address: string, count: number, restMs = 300): Promise<readonly Report[]> {
    const from = server.requests.length;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${pages.origin}${address}`);
    await server.arrived(from + count);
    // What would come twice comes soon.
    await page.waitForTimeout(restMs);
    await context.close();
    return server.requests.slice(from).map((request) => reportIn(request) as unknown as Report);
  }
  const options = (): string => JSON.stringify({ url: server.url, product: 'pages', version: '1' });

  it('Vue 3: what a component throws while it is drawn, and in a handler, with its name', async () => {
    const reports = await reportsOf(
      `import { createApp, h } from 'vue/dist/vue.runtime.esm-bundler.js';
       import mayday from './mayday.mjs';
       import { watchVue } from './vue.mjs';
       mayday.install(${options()});
       const Order = { name: 'OrderForm', render() { return h('button', { id: 'buy', onClick() { throw new RangeError('in a handler'); } }); } };
       const Broken = { name: 'BrokenPart', render() { throw new RangeError('while it is drawn'); } };
       const app = createApp({ render() { return [h(Order), h(Broken)]; } });
       watchVue(app);
       app.mount('#a');
       document.getElementById('buy').click();`,
      2,
    );
    assert.deepEqual(messages({ reports }), ['in a handler', 'while it is drawn']);
    assert.deepEqual(
      reports
        .map(({ data }) => data['component'])
        .map(String)
        .sort(),
      ['BrokenPart', 'OrderForm'],
    );
  });

  it('React: what a boundary catches by the options of the root, what none catches by itself, each once', async () => {
    const reports = await reportsOf(
      `import React from 'react'; import { createRoot } from 'react-dom/client';
       import mayday from './mayday.mjs';
       import { rootOptions } from './react.mjs';
       mayday.install(${options()});
       class Plain extends React.Component { state = {}; static getDerivedStateFromError(error) { return { error }; } render() { return this.state.error ? 'caught' : this.props.children; } }
       function Bad() { throw new RangeError('caught by a boundary'); }
       function Worse() { throw new RangeError('caught by nobody'); }
       createRoot(document.getElementById('a'), rootOptions).render(React.createElement(Plain, null, React.createElement(Bad)));
       createRoot(document.getElementById('b'), rootOptions).render(React.createElement(Worse));`,
      2,
    );
    assert.deepEqual(messages({ reports }), ['caught by a boundary', 'caught by nobody']);
    const caught = reports.find(({ stacktrace }) => stacktrace[0]?.message === 'caught by a boundary');
    assert.match(String(caught?.data['componentStack']), /Bad/);
  });

  it('React: a boundary that reports itself', async () => {
    const reports = await reportsOf(
      `import React from 'react'; import { createRoot } from 'react-dom/client';
       import mayday from './mayday.mjs';
       import { Boundary } from './boundary.mjs';
       mayday.install(${options()});
       function Bad() { throw new RangeError('caught by the boundary'); }
       createRoot(document.getElementById('a')).render(React.createElement(Boundary, null, React.createElement(Bad)));`,
      1,
    );
    assert.deepEqual(messages({ reports }), ['caught by the boundary']);
  });

  it('a service worker reports its own errors', async () => {
    const script = readFileSync(path.join(snippetFolder('javascript'), 'service-worker.js'), 'utf8');
    const address = "self.registration.scope.replace(/\\/$/, '')";
    assert.ok(script.includes(address));
    pages.pages.set(
      '/service-worker.js',
      `${script.replace(address, JSON.stringify(server.url))}\nself.addEventListener('message', function onMessage() { throw new RangeError('in a service worker'); });`,
    );
    pages.pages.set(
      '/with-service-worker',
      `<!doctype html><script>navigator.serviceWorker.register('/service-worker.js').then(() => navigator.serviceWorker.ready).then((ready) => ready.active.postMessage('go'));</script>`,
    );
    const reports = await visit('/with-service-worker', 1);
    assert.deepEqual(messages({ reports }), ['in a service worker']);
    assert.equal(innermost(reports[0] as Report)['method'], 'onMessage');
  });

  for (const inWorker of [true, false]) {
    it(`an error that ends a worker is reported once, where the library is in ${inWorker ? 'both' : 'the page alone'}`, async () => {
      const install = `self.Mayday.install(${options()});`;
      const worker = `${inWorker ? `importScripts('/mayday.js'); ${install}` : ''} setTimeout(function late() { throw new RangeError('in a worker'); }, 50);`;
      pages.pages.set('/worker.js', worker);
      pages.pages.set(
        '/with-worker',
        `<!doctype html><script src="/mayday.js"></script><script>${install} new Worker('/worker.js');</script>`,
      );
      const reports = await visit('/with-worker', 1, 1000);
      assert.equal(reports.length, 1, JSON.stringify(messages({ reports })));
      assert.match(String(reports[0]?.stacktrace[0]?.message), /in a worker/);
      assert.equal(innermost(reports[0] as Report)['method'], inWorker ? 'late' : '<anonymous>');
    });
  }
});
