// Black box: Sentry's real SDKs crash for real, and their crashes become bugs. The SDKs are installed by
// scripts/install-sentry-sdks.sh into a folder that SENTRY_SDKS names.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ADMIN_TOKEN, startServer, type TestServer } from '../server.ts';

const SDKS = process.env['SENTRY_SDKS'] ?? '';
/** Some of them compile first. */
const TIMEOUT_MS = 180_000;

/** Where the system's own gems are, after a colon; empty: there is no Ruby. */
function gemPath(): string {
  const asked = spawnSync('gem', ['env', 'gempath'], { encoding: 'utf8' });
  return asked.status === 0 ? `:${asked.stdout.trim()}` : '';
}

interface Program {
  readonly sdk: string;
  /** A file that is there when the SDK is installed. */
  readonly needs: string;
  readonly file: string;
  readonly source: (dsn: string) => string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The title of the bug that its crash becomes. */
  readonly title: RegExp;
}

const PROGRAMS: readonly Program[] = [
  {
    sdk: '@sentry/node',
    needs: 'node/node_modules/@sentry/node/package.json',
    file: 'node/crash.mjs',
    source: (dsn) => `import * as Sentry from '@sentry/node';
Sentry.init({ dsn: '${dsn}', release: 'shop@2.4.1', environment: 'production' });
Sentry.setTag('region', 'eu-west');
function loadCart(id) { throw new TypeError('Cannot read cart ' + id); }
setTimeout(() => loadCart(7), 10);
`,
    command: [process.execPath, 'crash.mjs'],
    title: /TypeError/,
  },
  {
    sdk: 'sentry-sdk (Python)',
    needs: 'python/sentry_sdk/__init__.py',
    file: 'python/crash.py',
    source: (dsn) => `import os
import sentry_sdk
sentry_sdk.init(dsn="${dsn}", release="shop@2.4.1", environment="production")
def reserve(sku, api_token):
    raise LookupError("only 0 of %s left" % sku)
reserve("A-1", os.environ["SHOP_SECRET"])
`,
    command: ['python3', 'crash.py'],
    title: /LookupError/,
  },
  {
    sdk: 'sentry-ruby',
    needs: 'ruby/installed',
    file: 'ruby/crash.rb',
    source: (dsn) => `require 'sentry-ruby'
Sentry.init { |config| config.dsn = '${dsn}'; config.release = 'shop@2.4.1'; config.background_worker_threads = 0 }
def order(id) = raise(ArgumentError, "order #{id} failed")
begin
  order(7)
rescue => error
  Sentry.capture_exception(error)
end
`,
    command: ['ruby', 'crash.rb'],
    env: { GEM_PATH: path.join(SDKS, 'ruby') + gemPath() },
    title: /ArgumentError/,
  },
  {
    sdk: 'sentry-go',
    needs: 'go/go.sum',
    file: 'go/main.go',
    source: (dsn) => `package main

import (
	"errors"
	"time"

	"github.com/getsentry/sentry-go"
)

func reserve(sku string) { panic(errors.New("only 0 of " + sku + " left")) }

func main() {
	_ = sentry.Init(sentry.ClientOptions{Dsn: "${dsn}", Release: "shop@2.4.1", Environment: "production"})
	defer sentry.Flush(5 * time.Second)
	defer sentry.Recover()
	reserve("A-1")
}
`,
    command: ['go', 'run', '.'],
    env: {
      GOCACHE: path.join(SDKS, 'go/.cache'),
      GOMODCACHE: path.join(SDKS, 'go/.mod'),
      GOPATH: path.join(SDKS, 'go/.path'),
      GOFLAGS: '-mod=mod',
    },
    title: /only 0 of A-1 left/,
  },
  {
    sdk: 'io.sentry (Java)',
    needs: 'java/sentry.jar',
    file: 'java/Crash.java',
    source: (dsn) => `import io.sentry.Sentry;
public class Crash {
  static void reserve(String sku) { throw new IllegalStateException("only 0 of " + sku + " left"); }
  public static void main(String[] args) {
    Sentry.init(options -> { options.setDsn("${dsn}"); options.setRelease("shop@2.4.1"); options.setEnvironment("production"); });
    new Thread(() -> reserve("A-1")).start();
  }
}
`,
    command: ['java', '-cp', 'sentry.jar', 'Crash.java'],
    title: /IllegalStateException/,
  },
  {
    sdk: 'sentry (Rust)',
    needs: 'rust/Cargo.lock',
    file: 'rust/src/main.rs',
    source: (dsn) => `fn reserve(sku: &str) { panic!("only 0 of {sku} left"); }
fn main() {
    let mut options = sentry::ClientOptions::default();
    options.release = Some("shop@2.4.1".into());
    let _guard = sentry::init(("${dsn}", options));
    reserve("A-1");
}
`,
    command: ['cargo', 'run', '--quiet', '--offline', '--manifest-path', '../Cargo.toml'],
    env: {
      CARGO_HOME: path.join(SDKS, 'rust/.cargo'),
      RUSTUP_HOME: process.env['RUSTUP_HOME'] ?? path.join(homedir(), '.rustup'),
    },
    title: /only 0 of A-1 left/,
  },
  {
    sdk: 'sentry/sentry (PHP)',
    needs: 'php/vendor/autoload.php',
    file: 'php/crash.php',
    source: (dsn) => `<?php
require 'vendor/autoload.php';
Sentry\\init(['dsn' => '${dsn}', 'release' => 'shop@2.4.1', 'environment' => 'production']);
function reserve(string $sku): void { throw new LogicException("only 0 of $sku left"); }
reserve('A-1');
`,
    command: ['php', 'crash.php'],
    title: /LogicException/,
  },
];

/** Runs a program to its end. */
function ran(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly timeout: number; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly started: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, options);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', (error) => resolve({ started: false, output: error.message }));
    child.once('close', () => resolve({ started: true, output }));
  });
}

async function api<T>(server: TestServer, target: string): Promise<T> {
  const response = await fetch(`${server.reportsUrl}${target}`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as T;
}

/** Asks until the answer is as wished; a server that never gives it fails by the runner's time limit. */
async function eventually<T>(ask: () => Promise<T>, wished: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wished(answer)) return answer;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

describe(
  'real SDKs of Sentry’s',
  { skip: SDKS === '' && 'SENTRY_SDKS is not set; see scripts/install-sentry-sdks.sh' },
  () => {
    let server: TestServer;
    before(async () => {
      server = await startServer();
    });
    after(() => server.remove());

    for (const program of PROGRAMS) {
      const isThere = existsSync(path.join(SDKS, program.needs));
      it(
        `${program.sdk}: a crash becomes a bug`,
        { skip: !isThere && `${program.sdk} is not installed in SENTRY_SDKS`, timeout: 2 * TIMEOUT_MS },
        async () => {
          const product = program.sdk.replaceAll(/[^a-z]/gi, '');
          const made = await fetch(`${server.reportsUrl}/api/products`, {
            method: 'POST',
            headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
            body: JSON.stringify({ account: 'default', name: product }),
          });
          assert.ok(made.ok, await made.text());
          const { keys } = await api<{ readonly keys: readonly { readonly dsn: string }[] }>(
            server,
            `/api/products/default/${product}/clients`,
          );
          const given = new URL(keys[0]?.dsn ?? '');
          const dsn = `${server.submitUrl.replace('http://', `http://${given.username}@`)}${given.pathname}`;
          const folder = path.dirname(path.join(SDKS, program.file));
          writeFileSync(path.join(SDKS, program.file), program.source(dsn));
          const home = mkdtempSync(path.join(tmpdir(), 'mayday-sdk-'));
          const [command = '', ...rest] = program.command;
          const run = await ran(command, rest, {
            cwd: folder,
            timeout: TIMEOUT_MS,
            env: {
              PATH: process.env['PATH'] ?? '',
              HOME: home,
              PYTHONPATH: folder,
              SHOP_SECRET: 'tok_never_stored',
              ...program.env,
            },
          });
          rmSync(home, { recursive: true, force: true });
          const { bugs } = await eventually(
            () =>
              api<{ readonly bugs: readonly { readonly title: string }[] }>(
                server,
                `/api/bugs?product=${product}`,
              ),
            (answer) => answer.bugs.length > 0 || !run.started,
          );
          assert.equal(bugs.length, 1, run.output);
          assert.match(bugs[0]?.title ?? '', program.title);
          const { reports } = await api<{
            readonly reports: readonly { readonly crashId: string; readonly version: string }[];
          }>(server, `/api/reports?product=${product}`);
          assert.equal(reports[0]?.version, '2.4.1');
          const whole = JSON.stringify(
            await api(server, `/api/reports/${reports[0]?.crashId ?? ''}/processed`),
          );
          assert.ok(!whole.includes('tok_never_stored'));
        },
      );
    }
  },
);
