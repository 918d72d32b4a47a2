// A debugger that has Mayday for its server of debug files: gdb is given a stripped program and DEBUGINFOD_URLS, and names functions
// and lines that only the uploaded debug file holds.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ADMIN_TOKEN, startServer, type TestServer } from './server.ts';

const NEEDED = ['gdb', 'g++', 'objcopy', 'strip'];
const absent = NEEDED.filter((tool) => spawnSync(tool, ['--version']).status !== 0);
const hasDebuginfod =
  absent.length === 0 &&
  /--with-debuginfod/.test(spawnSync('gdb', ['--configuration'], { encoding: 'utf8' }).stdout);
const skip =
  absent.length > 0
    ? `${absent.join(', ')} are not on this machine`
    : hasDebuginfod
      ? false
      : 'this gdb was built without debuginfod';

const SOURCE = `
int wheels;
__attribute__((noinline)) int turn(int by) {
  wheels += by;
  return wheels;
}
int main(int argc, char**) { return turn(argc) - 1; }
`;

let server: TestServer;
let folder = '';
let program = '';

/** Runs a tool beside this process. */
function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    // gdb ends with 1 where a command of its found nothing.
    child.once('exit', (code) =>
      code === 0 || command === 'gdb' ? resolve(output) : reject(new Error(`${command}: ${code}\n${output}`)),
    );
  });
}

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(path.join(tmpdir(), 'mayday-gdb-'));
  program = path.join(folder, 'cart');
  writeFileSync(path.join(folder, 'cart.cc'), SOURCE);
  await run('g++', ['-g', '-O1', '-Wl,--build-id', '-o', program, 'cart.cc']);
  await run('objcopy', ['--only-keep-debug', program, 'cart.debug']);
  await run('strip', ['--strip-all', program]);
  server = await startServer();
  const mayday = path.resolve('bin/mayday.js');
  await run(process.execPath, [mayday, 'symbols', 'upload', 'cart.debug', '--url', server.reportsUrl], {
    MAYDAY_TOKEN: ADMIN_TOKEN,
  });
  rmSync(path.join(folder, 'cart.debug'));
  rmSync(path.join(folder, 'cart.cc'));
});

after(async () => {
  if (skip !== false) return;
  await server.remove();
  rmSync(folder, { recursive: true });
});

function gdb(urls: string): Promise<string> {
  return run(
    'gdb',
    [
      ...['-nx', '-batch', '-ex', 'set debuginfod enabled on', '-ex', `file ${program}`],
      ...['-ex', 'info line turn', '-ex', 'info scope turn'],
    ],
    { DEBUGINFOD_URLS: urls, DEBUGINFOD_CACHE_PATH: path.join(folder, 'cache'), HOME: folder },
  );
}

test('gdb finds the debug file of a stripped program at Mayday over debuginfod', { skip }, async () => {
  const url = new URL(server.reportsUrl);
  url.username = 'gdb';
  url.password = ADMIN_TOKEN;
  assert.doesNotMatch(await gdb(''), /cart\.cc/);
  const output = await gdb(url.href);
  assert.match(output, /Line \d+ of "cart\.cc" starts at address /);
  assert.match(output, /Symbol by is /);
});
