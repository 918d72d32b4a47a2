// Black box: Sentry's real command line, versions 2 and 3, and its plugins for Vite, webpack, Rollup and esbuild upload to the server
// unchanged, and a crash of the built page is shown in its sources. Installed by scripts/install-sentry-sdks.sh into a folder that SENTRY_SDKS names.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { ADMIN_TOKEN, startServer, type TestServer } from '../server.ts';

const SDKS = process.env['SENTRY_SDKS'] ?? '';
const CLIS = ['cli2', 'cli3'] as const;
const PLUGIN = path.join(SDKS, 'tools/vite');
const BUNDLERS = path.join(SDKS, 'tools/bundlers');
const ABSENT = 'SENTRY_SDKS is not set; see scripts/install-sentry-sdks.sh';
const TIMEOUT_MS = 180_000;
const MAX_OUTPUT = 1_000_000;

const binaryOf = (cli: string): string =>
  path.join(
    SDKS,
    'tools',
    cli,
    `node_modules/@sentry/cli-${process.platform}-${process.arch}/bin/sentry-cli`,
  );

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

interface Bundler {
  readonly name: string;
  readonly plugin: string;
  /** A module that builds `src/main.js` into `dist/app.js` with `options` for the plugin. */
  readonly build: (plugin: string) => string;
}

const BUNDLER_LIST: readonly Bundler[] = [
  {
    name: 'webpack',
    plugin: 'sentryWebpackPlugin',
    build: (plugin) => `import webpack from 'webpack';
const stats = await new Promise((resolve, reject) => webpack({ context: import.meta.dirname, mode: 'production', devtool: 'source-map', entry: './src/main.js',
  output: { path: import.meta.dirname + '/dist', filename: 'app.js' }, plugins: [${plugin}] }, (error, done) => (error ? reject(error) : resolve(done))));
console.log(stats.toString());
if (stats.hasErrors()) process.exitCode = 1;
`,
  },
  {
    name: 'rollup',
    plugin: 'sentryRollupPlugin',
    build: (plugin) => `import { rollup } from 'rollup';
const bundle = await rollup({ input: import.meta.dirname + '/src/main.js', plugins: [${plugin}] });
await bundle.write({ file: import.meta.dirname + '/dist/app.js', format: 'iife', sourcemap: true, compact: true });
await bundle.close();
`,
  },
  {
    name: 'esbuild',
    plugin: 'sentryEsbuildPlugin',
    build: (plugin) => `import { build } from 'esbuild';
await build({ entryPoints: [import.meta.dirname + '/src/main.js'], outfile: import.meta.dirname + '/dist/app.js', bundle: true, minify: true, sourcemap: true, plugins: [${plugin}] });
`,
  },
];

interface Frame {
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

describe('Sentry’s tools', { skip: SDKS === '' && ABSENT }, () => {
  let server: TestServer;
  let folder: string;
  let dsn: URL;

  before(async () => {
    server = await startServer();
    folder = mkdtempSync(path.join(tmpdir(), 'mayday-tools-'));
    const made = await fetch(`${server.reportsUrl}/api/products`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ account: 'default', name: 'shop' }),
    });
    assert.ok(made.ok, await made.text());
    const { keys } = await api<{ readonly keys: readonly { readonly dsn: string }[] }>(
      '/api/products/default/shop/clients',
    );
    dsn = new URL(keys[0]?.dsn ?? '');
  });
  after(async () => {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function api<T>(target: string): Promise<T> {
    const response = await fetch(`${server.reportsUrl}${target}`, {
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as T;
  }

  function run(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    input = '',
  ): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: folder,
        // A question that is asked again and again, with nobody to answer it, must end.
        timeout: TIMEOUT_MS / 2,
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: folder,
          SENTRY_URL: server.reportsUrl,
          SENTRY_AUTH_TOKEN: ADMIN_TOKEN,
          SENTRY_ORG: 'default',
          SENTRY_PROJECT: 'shop',
          ...env,
        },
      });
      let output = '';
      const take = (chunk: Buffer): void => {
        if (output.length < MAX_OUTPUT) output += chunk.toString();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, output }));
      child.stdin.end(input);
    });
  }

  async function succeeds(command: string, args: readonly string[], env?: Readonly<Record<string, string>>) {
    const ran = await run(command, args, env);
    assert.equal(ran.status, 0, `${args.join(' ')}:\n${ran.output}`);
    return ran.output;
  }

  /** Sends a crash in a script and gives the frames as they are shown. */
  async function framesOf(
    event: Readonly<Record<string, unknown>>,
    place: { readonly url: string; readonly line: number; readonly column: number },
  ): Promise<readonly Frame[]> {
    const id = crypto.randomUUID().replaceAll('-', '');
    const frame = { filename: place.url, abs_path: place.url, lineno: place.line, colno: place.column };
    const body = {
      event_id: id,
      platform: 'javascript',
      exception: { values: [{ type: 'Error', value: 'no cart', stacktrace: { frames: [frame] } }] },
      ...event,
    };
    const sent = await fetch(`${server.submitUrl}/api${dsn.pathname}/store/?sentry_key=${dsn.username}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    assert.equal(sent.status, 200);
    return framesOfEvent(id);
  }

  /** The frames of an event, once it is processed. */
  async function framesOfEvent(id: string): Promise<readonly Frame[]> {
    for (;;) {
      const { reports } = await api<{
        readonly reports: readonly { readonly crashId: string; readonly state: string }[];
      }>(`/api/reports?text=${id}`);
      const [report] = reports;
      if (report?.state === 'processed') {
        const { processed } = await api<{
          readonly processed: {
            readonly crashes: readonly {
              readonly exceptions: readonly { readonly frames: readonly Frame[] }[];
            }[];
          };
        }>(`/api/reports/${report.crashId}/processed`);
        return processed.crashes[0]?.exceptions[0]?.frames ?? [];
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
  }

  /** A script of one line and its map: `throw` of line 2 is at column 24. */
  function writeScripts(name: string): string {
    const dist = path.join(folder, name);
    mkdirSync(dist, { recursive: true });
    writeFileSync(
      path.join(dist, 'app.js'),
      "function a(b){throw new Error('no cart')}a();\n//# sourceMappingURL=app.js.map\n",
    );
    writeFileSync(
      path.join(dist, 'app.js.map'),
      JSON.stringify({
        version: 3,
        file: 'app.js',
        sources: ['../src/pay.ts'],
        sourcesContent: ["function pay(cart) {\n  throw new Error('no cart');\n}\npay();\n"],
        names: ['pay'],
        mappings: 'AAAA,SAASA,KACP',
      }),
    );
    return dist;
  }

  for (const cli of CLIS) {
    const binary = binaryOf(cli);
    describe(cli, { skip: !existsSync(binary) && `${cli} is not installed in SENTRY_SDKS` }, () => {
      it(
        'logs in with a token that is typed in, which is checked and kept for later commands',
        { timeout: TIMEOUT_MS },
        async () => {
          const home = path.join(folder, `home-${cli}`);
          mkdirSync(home);
          const noToken = { HOME: home, SENTRY_AUTH_TOKEN: '', XDG_CONFIG_HOME: home };
          // It offers to open a browser first.
          const good = await run(binary, ['login', '--global'], noToken, `n\nmayday_wrong\n${ADMIN_TOKEN}\n`);
          assert.equal(good.status, 0, good.output);
          assert.match(good.output, /No token of this server is like that/);
          assert.match(good.output, /Valid token for user admin/);
          const kept = readFileSync(path.join(home, '.sentryclirc'), 'utf8');
          assert.ok(kept.includes(ADMIN_TOKEN));
          assert.match(await succeeds(binary, ['info']), /admin/i);
          const status = await succeeds(binary, ['info', '--config-status-json']);
          assert.match(status, /"successful": true/);
        },
      );

      it(
        'makes, fills, finalizes, deploys, shows, archives, lists and deletes a release',
        { timeout: TIMEOUT_MS },
        async () => {
          const version = `shop@1.0-${cli}`;
          const repository = path.join(folder, `git-${cli}`);
          mkdirSync(repository);
          const git = (...args: readonly string[]): void => {
            const made = spawnSync(
              'git',
              ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args],
              { cwd: repository, env: { PATH: process.env['PATH'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null' } },
            );
            assert.equal(made.status, 0, made.stderr.toString());
          };
          git('init', '-q');
          for (const message of ['one', 'two']) git('commit', '-q', '--allow-empty', '-m', message);
          git('remote', 'add', 'origin', 'https://git.example/shop.git');
          for (const args of [
            ['organizations', 'list'],
            ['projects', 'list'],
            ['repos', 'list'],
            ['releases', 'new', version, '--url', 'https://shop.example/1.0'],
            ['releases', 'set-commits', version, '--local', '--ignore-missing'],
            ['releases', 'set-commits', version, '--clear'],
            ['releases', 'finalize', version],
            ['releases', 'info', version],
            ['releases', 'deploys', version, 'new', '-e', 'production'],
            ['releases', 'deploys', version, 'list'],
            ['deploys', '--release', version, 'new', '-e', 'production', '-t', '12'],
            ['releases', 'archive', version],
            ['releases', 'restore', version],
            ['releases', 'list'],
            ['releases', 'delete', version],
          ]) {
            const ran = await run('sh', [
              '-c',
              'cd "$1" && shift && exec "$@"',
              'sh',
              repository,
              binary,
              ...args,
            ]);
            assert.equal(ran.status, 0, `${args.join(' ')}:\n${ran.output}`);
          }
        },
      );

      it(
        'uploads source maps by debug id and by release, and frames are mapped',
        { timeout: TIMEOUT_MS },
        async () => {
          const release = `shop@${cli}`;
          const plain = writeScripts(`plain-${cli}`);
          await succeeds(binary, [
            'sourcemaps',
            'upload',
            '--release',
            release,
            '--dist',
            '5',
            '--url-prefix',
            '~/js',
            plain,
          ]);
          const url = 'https://cdn.example/js/app.js';
          const [byRelease] = await framesOf({ release, dist: '5' }, { url, line: 1, column: 21 });
          assert.deepEqual([byRelease?.function, byRelease?.file, byRelease?.line], ['pay', 'src/pay.ts', 2]);
          const injected = writeScripts(`injected-${cli}`);
          await succeeds(binary, ['sourcemaps', 'inject', injected]);
          const script = readFileSync(path.join(injected, 'app.js'), 'utf8');
          const debugId = /\/\/# debugId=([0-9a-f-]{36})/.exec(script)?.[1] ?? '';
          const line = script.split('\n').findIndex((text) => text.includes('function a(b)')) + 1;
          const column = (script.split('\n')[line - 1] ?? '').indexOf('throw') + 7;
          await succeeds(binary, ['sourcemaps', 'upload', injected]);
          const [byId] = await framesOf(
            {
              release: 'other@1',
              debug_meta: { images: [{ type: 'sourcemap', code_file: url, debug_id: debugId }] },
            },
            { url, line, column },
          );
          assert.deepEqual([byId?.function, byId?.file, byId?.line], ['pay', 'src/pay.ts', 2]);
        },
      );

      it('uploads symbol files, and is told why a file cannot be used', { timeout: TIMEOUT_MS }, async () => {
        const debugId = `AABBCCDDEEFF00112233445566778${cli === 'cli2' ? '811' : '822'}0`;
        const file = path.join(folder, `libshop-${cli}.so.sym`);
        writeFileSync(
          file,
          `MODULE Linux x86_64 ${debugId} libshop-${cli}.so\nFUNC 1000 40 0 pay\n1000 20 12 0\n`,
        );
        await succeeds(binary, ['debug-files', 'upload', file]);
        const { symbols } = await api<{ readonly symbols: readonly { readonly debugId: string }[] }>(
          '/api/symbols',
        );
        assert.ok(symbols.some((one) => one.debugId === debugId));
      });

      it(
        'uploads a program with its debug information as the compiler left it',
        { timeout: TIMEOUT_MS, skip: spawnSync('cc', ['--version']).status !== 0 && 'no C compiler here' },
        async () => {
          const name = `shop-${cli}`;
          writeFileSync(
            path.join(folder, `${name}.c`),
            `int pay(int n) { return 7 / n; }\nint main(void) { return pay(${cli === 'cli2' ? 2 : 3}); }\n`,
          );
          const built = spawnSync('cc', ['-g', '-O1', '-Wl,--build-id', '-o', name, `${name}.c`], {
            cwd: folder,
          });
          assert.equal(built.status, 0, built.stderr.toString());
          await succeeds(binary, ['debug-files', 'upload', '--wait', name]);
          const { symbols } = await api<{
            readonly symbols: readonly { readonly debugFile: string; readonly gives: string }[];
          }>('/api/symbols');
          const gives = symbols.find(({ debugFile }) => debugFile === name)?.gives ?? '';
          for (const part of ['functions', 'lines', 'unwind'])
            assert.ok(gives.includes(part), `${part}: ${gives}`);
        },
      );

      it('uploads mappings of Java classes', { timeout: TIMEOUT_MS }, async () => {
        const file = path.join(folder, `mapping-${cli}.txt`);
        writeFileSync(file, `com.example.Cart${cli} -> a.b:\n    1:1:void pay():20:20 -> a\n`);
        await succeeds(binary, ['upload-proguard', file]);
        const { symbols } = await api<{ readonly symbols: readonly { readonly format: string }[] }>(
          '/api/symbols?holds=mappings',
        );
        const mappings = symbols.filter(({ format }) => format === 'proguard');
        assert.equal(mappings.length, cli === 'cli2' ? 1 : 2);
      });

      it('sends events and envelopes by the DSN', { timeout: TIMEOUT_MS }, async () => {
        const address = `${server.submitUrl.replace('http://', `http://${dsn.username}@`)}${dsn.pathname}`;
        const env = { SENTRY_DSN: address, SHOP_SECRET: 'tok_never_stored' };
        const said = await succeeds(
          binary,
          [
            'send-event',
            '-m',
            `hello from ${cli}`,
            '-l',
            'warning',
            '-t',
            'region:eu',
            '-u',
            'id:7',
            '-r',
            'shop@9',
          ],
          env,
        );
        const number = cli === 'cli2' ? '2' : '3';
        const ids = ['f', 'e'].map((letter) => letter + number.repeat(31));
        writeFileSync(
          path.join(folder, `${cli}.json`),
          JSON.stringify({
            event_id: ids[0],
            message: 'from a file',
            platform: 'other',
            timestamp: 1_790_000_000,
          }),
        );
        await succeeds(binary, ['send-event', `${cli}.json`], env);
        const item = JSON.stringify({ event_id: ids[1], message: 'from an envelope' });
        writeFileSync(
          path.join(folder, `${cli}.envelope`),
          `{"event_id":"${ids[1]}"}\n{"type":"event","length":${item.length}}\n${item}\n`,
        );
        await succeeds(binary, ['send-envelope', `${cli}.envelope`], env);
        await succeeds(binary, ['send-envelope', '--raw', `${cli}.envelope`], env);
        // What is not kept is no error.
        await succeeds(binary, ['monitors', 'run', 'nightly', '--', 'true'], env);
        for (const id of ids) await framesOfEvent(id);
        const id = (/Event id: ([0-9a-f-]{36})/.exec(said)?.[1] ?? '').replaceAll('-', '');
        const { reports } = await api<{ readonly reports: readonly { readonly crashId: string }[] }>(
          `/api/reports?text=${id}`,
        );
        assert.equal(reports.length, 1);
        // The command sends its whole environment.
        const whole = JSON.stringify(await api(`/api/reports/${reports[0]?.crashId ?? ''}`));
        assert.ok(!whole.includes('tok_never_stored'));
      });

      it('without a good token fails with a sentence', { timeout: TIMEOUT_MS }, async () => {
        const ran = await run(binary, ['releases', 'new', 'x'], { SENTRY_AUTH_TOKEN: 'mayday_wrong' });
        assert.notEqual(ran.status, 0);
        assert.match(ran.output, /token/i);
      });
    });
  }

  it(
    'the plugin for Vite uploads what it builds',
    {
      skip:
        !existsSync(path.join(PLUGIN, 'node_modules/@sentry/vite-plugin')) &&
        'it is not installed in SENTRY_SDKS',
      timeout: TIMEOUT_MS,
    },
    async () => {
      const project = path.join(PLUGIN, 'project');
      rmSync(project, { recursive: true, force: true });
      mkdirSync(path.join(project, 'src'), { recursive: true });
      writeFileSync(
        path.join(project, 'src/pay.js'),
        "export function payNow(cart) {\n  if (cart.total > 1) throw new Error('no cart ' + cart.total);\n  return cart;\n}\n",
      );
      writeFileSync(
        path.join(project, 'src/main.js'),
        "import { payNow } from './pay.js';\nglobalThis.shopStart = (cart) => payNow(cart);\n",
      );
      writeFileSync(path.join(project, 'index.html'), '<script type="module" src="/src/main.js"></script>');
      writeFileSync(
        path.join(project, 'vite.config.js'),
        `import { sentryVitePlugin } from '@sentry/vite-plugin';
export default {
  build: { sourcemap: true },
  plugins: [sentryVitePlugin({ org: 'default', project: 'shop', url: process.env.SENTRY_URL, authToken: process.env.SENTRY_AUTH_TOKEN,
    telemetry: false, release: { name: 'shop@vite' } })],
};
`,
      );
      const built = await run(process.execPath, [
        path.join(PLUGIN, 'node_modules/vite/bin/vite.js'),
        'build',
        project,
      ]);
      assert.equal(built.status, 0, built.output);
      const assets = path.join(project, 'dist/assets');
      const name = readdirSync(assets).find((one) => one.endsWith('.js')) ?? '';
      const script = readFileSync(path.join(assets, name), 'utf8');
      const debugId =
        /sentry-dbid-([0-9a-f-]{36})|debugId=([0-9a-f-]{36})/.exec(script)?.slice(1).find(Boolean) ?? '';
      assert.notEqual(debugId, '', built.output);
      const lines = script.split('\n');
      const line = lines.findIndex((text) => text.includes('no cart')) + 1;
      const column =
        (lines[line - 1] ?? '').lastIndexOf('Error(', (lines[line - 1] ?? '').indexOf('no cart')) + 1;
      const url = `https://cdn.example/assets/${name}`;
      const [frame] = await framesOf(
        {
          release: 'shop@vite',
          debug_meta: { images: [{ type: 'sourcemap', code_file: url, debug_id: debugId }] },
        },
        { url, line, column },
      );
      assert.deepEqual([frame?.file, frame?.line], ['src/pay.js', 2], built.output);
    },
  );

  for (const { name, plugin, build } of BUNDLER_LIST) {
    it(
      `the plugin for ${name} uploads what it builds`,
      {
        skip:
          !existsSync(path.join(BUNDLERS, `node_modules/@sentry/${name}-plugin`)) &&
          'it is not installed in SENTRY_SDKS',
        timeout: TIMEOUT_MS,
      },
      async () => {
        const project = path.join(BUNDLERS, `project-${name}`);
        rmSync(project, { recursive: true, force: true });
        mkdirSync(path.join(project, 'src'), { recursive: true });
        writeFileSync(
          path.join(project, 'src/pay.js'),
          "export function payNow(cart) {\n  if (cart.total > 1) throw new Error('no cart ' + cart.total);\n  return cart;\n}\n",
        );
        writeFileSync(
          path.join(project, 'src/main.js'),
          "import { payNow } from './pay.js';\nglobalThis.shopStart = (cart) => payNow(cart);\n",
        );
        const options = `{ org: 'default', project: 'shop', url: process.env.SENTRY_URL, authToken: process.env.SENTRY_AUTH_TOKEN, telemetry: false, release: { name: 'shop@${name}' } }`;
        writeFileSync(
          path.join(project, 'build.js'),
          `import { ${plugin} } from '@sentry/${name}-plugin';\n${build(`${plugin}(${options})`)}`,
        );
        const built = await run(process.execPath, [path.join(project, 'build.js')]);
        assert.equal(built.status, 0, built.output);
        const script = readFileSync(path.join(project, 'dist/app.js'), 'utf8');
        const debugId =
          /sentry-dbid-([0-9a-f-]{36})|debugId=([0-9a-f-]{36})/.exec(script)?.slice(1).find(Boolean) ?? '';
        assert.notEqual(debugId, '', built.output);
        const lines = script.split('\n');
        const line = lines.findIndex((text) => text.includes('no cart')) + 1;
        const text = lines[line - 1] ?? '';
        const column = text.lastIndexOf('Error(', text.indexOf('no cart')) + 1;
        const url = 'https://cdn.example/assets/app.js';
        const [frame] = await framesOf(
          {
            release: `shop@${name}`,
            debug_meta: { images: [{ type: 'sourcemap', code_file: url, debug_id: debugId }] },
          },
          { url, line, column },
        );
        assert.match(frame?.file ?? '', /(?:^|\/)src\/pay\.js$/, built.output);
        assert.equal(frame?.line, 2);
      },
    );
  }

  const chromiumPath = [
    process.env['CHROMIUM_PATH'] ?? '',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
  ].find((file) => file !== '' && existsSync(file));
  it(
    'a page that is built with the plugin crashes in Chromium, and its bug shows the source',
    {
      skip:
        (chromiumPath === undefined && 'no Chromium on this machine; install one or set CHROMIUM_PATH') ||
        (!existsSync(path.join(PLUGIN, 'node_modules/@sentry/browser')) &&
          'it is not installed in SENTRY_SDKS'),
      timeout: TIMEOUT_MS,
    },
    async () => {
      const project = path.join(PLUGIN, 'page');
      rmSync(project, { recursive: true, force: true });
      mkdirSync(path.join(project, 'src'), { recursive: true });
      const address = `${server.submitUrl.replace('http://', `http://${dsn.username}@`)}${dsn.pathname}`;
      writeFileSync(
        path.join(project, 'src/basket.js'),
        "export function reserveAll(lines) {\n  return lines.map((line) => {\n    if (line.left < 1) throw new RangeError('sold out: ' + line.sku);\n    return line;\n  });\n}\n",
      );
      writeFileSync(
        path.join(project, 'src/main.js'),
        `import * as Sentry from '@sentry/browser';
import { reserveAll } from './basket.js';
Sentry.init({ dsn: '${address}', environment: 'production' });
setTimeout(() => reserveAll([{ sku: 'A-1', left: 0 }]), 10);
`,
      );
      writeFileSync(path.join(project, 'index.html'), '<script type="module" src="/src/main.js"></script>');
      writeFileSync(
        path.join(project, 'vite.config.js'),
        `import { sentryVitePlugin } from '@sentry/vite-plugin';
export default {
  build: { sourcemap: 'hidden' },
  plugins: [sentryVitePlugin({ org: 'default', project: 'shop', url: process.env.SENTRY_URL, authToken: process.env.SENTRY_AUTH_TOKEN,
    telemetry: false, release: { name: 'shop@page' } })],
};
`,
      );
      const built = await run(process.execPath, [
        path.join(PLUGIN, 'node_modules/vite/bin/vite.js'),
        'build',
        project,
      ]);
      assert.equal(built.status, 0, built.output);
      const pages = createServer((request, response) => {
        const file = path.join(
          project,
          'dist',
          path.normalize(request.url === '/' ? '/index.html' : (request.url ?? '/')),
        );
        if (!existsSync(file)) return response.writeHead(404).end();
        const type = file.endsWith('.js') ? 'text/javascript' : 'text/html';
        return response.writeHead(200, { 'Content-Type': type }).end(readFileSync(file));
      });
      await new Promise<void>((resolve) => {
        pages.listen(0, '127.0.0.1', resolve);
      });
      const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        const sent = page.waitForResponse(
          (response) =>
            response.url().includes('/envelope/') &&
            response.request().postData()?.includes('RangeError') === true,
        );
        await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
        const id = ((await (await sent).json()) as { readonly id: string }).id;
        const [thrown, caller] = await framesOfEvent(id);
        assert.deepEqual([thrown?.file, thrown?.line], ['src/basket.js', 3]);
        assert.ok(caller !== undefined);
        const { bugs } = await api<{ readonly bugs: readonly { readonly title: string }[] }>(
          '/api/bugs?text=RangeError',
        );
        assert.match(bugs[0]?.title ?? '', /RangeError/);
      } finally {
        await browser.close();
        pages.close();
      }
    },
  );
});
