// The set-up of the integration page: every SDK of which traffic was recorded is there by name, and what the page says makes a
// program report (with real SDKs, from a folder that SENTRY_SDKS names; scripts/install-sentry-sdks.sh).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SENTRY_SAMPLES } from '../../src/reports/web/components/sentry-samples.ts';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';
import { DSN_ID, KEY, startSentry, type SentryServer } from './sentry-server.ts';

const SDKS = process.env['SENTRY_SDKS'] ?? '';
const TIMEOUT_MS = 180_000;

interface Program {
  /** Of the sample. */
  readonly id: string;
  readonly needs: string;
  readonly file: string;
  /** The sample, and a crash after it. */
  readonly source: (sample: string) => string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly title: RegExp;
}

const PROGRAMS: readonly Program[] = [
  {
    id: 'sentry-node',
    needs: 'node/node_modules/@sentry/node/package.json',
    file: 'node/sample/app.mjs',
    source: (sample) => `${sample}\nsetTimeout(() => { throw new TypeError('no cart'); }, 10);\n`,
    command: [process.execPath, 'app.mjs'],
    title: /^TypeError: no cart$/,
  },
  {
    id: 'sentry-python',
    needs: 'python/sentry_sdk/__init__.py',
    file: 'python/sample/app.py',
    source: (sample) => `${sample}\nraise LookupError("no cart")\n`,
    command: ['python3', 'app.py'],
    env: { PYTHONPATH: path.join(SDKS, 'python') },
    title: /^LookupError: no cart$/,
  },
  {
    id: 'sentry-ruby',
    needs: 'ruby/installed',
    file: 'ruby/sample/app.rb',
    source: (sample) =>
      `require 'sentry-ruby'\n${sample}\nbegin\n  raise ArgumentError, 'no cart'\nrescue => error\n  Sentry.capture_exception(error)\nend\nsleep 0.5\n`,
    command: ['ruby', 'app.rb'],
    title: /^ArgumentError: no cart$/,
  },
  {
    id: 'sentry-go',
    needs: 'go/go.sum',
    file: 'go/sample/main.go',
    source: (sample) =>
      `package main\n\nimport (\n\t"errors"\n\t"log"\n\t"time"\n\n\t"github.com/getsentry/sentry-go"\n)\n\nfunc main() {\n${sample}\n\tpanic(errors.New("no cart"))\n}\n`,
    command: ['go', 'run', './sample'],
    env: {
      GOCACHE: path.join(SDKS, 'go/.cache'),
      GOMODCACHE: path.join(SDKS, 'go/.mod'),
      GOPATH: path.join(SDKS, 'go/.path'),
      GOFLAGS: '-mod=mod',
    },
    title: /no cart$/,
  },
  {
    id: 'sentry-java',
    needs: 'java/sentry.jar',
    file: 'java/sample/App.java',
    source: (sample) =>
      `import io.sentry.Sentry;\npublic class App {\n  public static void main(String[] args) {\n${sample}\nthrow new IllegalStateException("no cart");\n  }\n}\n`,
    command: ['java', '-cp', '../sentry.jar:.', 'App'],
    title: /^IllegalStateException: no cart$/,
  },
];

/** Runs a program to its end; what it printed. */
function ran(
  [command = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      timeout: TIMEOUT_MS,
      env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    });
    let output = '';
    const take = (chunk: Buffer): void => {
      if (output.length < 100_000) output += chunk.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => resolve(output));
  });
}

describe('the set-up of Sentry’s SDKs', () => {
  let server: SentryServer;
  before(async () => {
    server = await startSentry();
  });
  after(() => server.close());

  const target = () => ({
    dsn: `${server.url.replace('http://', `http://${KEY}@`)}/${DSN_ID}`,
    reportsUrl: 'https://mayday.example',
    account: 'default',
    product: 'shop',
  });

  it('has a sample of its own for each, with the address of the product', () => {
    assert.equal(new Set(SENTRY_SAMPLES.map(({ id }) => id)).size, SENTRY_SAMPLES.length);
    for (const { id, sample } of SENTRY_SAMPLES) {
      const text = sample(target());
      assert.ok(text.includes(id === 'sentry-vite' ? 'https://mayday.example' : server.url.slice(7)), id);
    }
  });

  const folder = sharedData('sentry', 'captures');
  it(
    'names every SDK of which traffic was recorded',
    { skip: folder === null ? SHARED_ABSENT : false },
    () => {
      const { captures } = JSON.parse(readFileSync(path.join(folder ?? '', 'manifest.json'), 'utf8')) as {
        readonly captures: readonly { readonly sdk: string }[];
      };
      const names = new Set(captures.map(({ sdk }) => sdk.replace(/ \(.*$/, '')));
      assert.ok(names.size > 10);
      const words = (text: string): readonly string[] => text.split(/[ ,();]+/);
      for (const name of names) {
        // The dump of a handler is described behind a semicolon.
        const [first = ''] = words(name);
        assert.ok(
          SENTRY_SAMPLES.some(({ title }) => words(title).includes(first)),
          `no set-up names ${first}`,
        );
      }
    },
  );

  for (const { id, needs, file, source, command, env = {}, title } of PROGRAMS) {
    const isThere = SDKS !== '' && existsSync(path.join(SDKS, needs));
    it(
      `${id}: a program with the page’s sample reports its crash`,
      { skip: !isThere && `${needs} is not in SENTRY_SDKS`, timeout: TIMEOUT_MS },
      async () => {
        const sample = SENTRY_SAMPLES.find((one) => one.id === id)?.sample(target()) ?? '';
        const written = path.join(SDKS, file);
        mkdirSync(path.dirname(written), { recursive: true });
        writeFileSync(written, source(sample));
        const cwd = id === 'sentry-go' ? path.join(SDKS, 'go') : path.dirname(written);
        const known = new Set((await server.reports()).map(({ crashId }) => crashId));
        let output = '';
        if (id === 'sentry-java')
          output += await ran(['javac', '-cp', '../sentry.jar', 'App.java'], cwd, env);
        output += await ran(command, cwd, env);
        rmSync(path.dirname(written), { recursive: true });
        const report = (await server.reports()).find(({ crashId }) => !known.has(crashId));
        assert.ok(report !== undefined, output);
        const [crash] = (await server.process(report)).crashes;
        assert.match(crash?.signature ?? '', title);
        assert.equal(report.version, '1.0');
      },
    );
  }
});
