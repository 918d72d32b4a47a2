// The published package: packed, installed into an empty folder and run, as a user of npm would.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { separateDebugFile, strippedProgram } from '../test/formats/debug-files/dwarf-builder.ts';
import { ARCH, DumpBuilder, OS } from '../test/formats/minidump/builder.ts';
import { listReports, startServer } from './server.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'mayday-package-'));
const installed = path.join(folder, 'node_modules/mayday');
const bin = path.join(folder, 'node_modules/.bin/mayday');

before(() => {
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  assert.ok(tarball !== undefined);
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  execFileSync('npm', ['install', '--omit=dev', '--prefer-offline', `./${tarball}`], {
    cwd: folder,
    stdio: 'pipe',
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds what runs and its documentation, and no sources or tests', () => {
  for (const needed of ['bin/mayday.js', 'dist/cli/main.js', 'LICENSE', 'README.md', 'docs/config.md']) {
    assert.ok(existsSync(path.join(installed, needed)), needed);
  }
  for (const left of ['src', 'test', 'system', 'bench'])
    assert.ok(!existsSync(path.join(installed, left)), left);
  // What a run of the contract suite leaves in a clone is no part of it.
  assert.ok(!existsSync(path.join(installed, 'clients/python/__pycache__')));
});

test('the bin answers its version and help', () => {
  const version = spawnSync(bin, ['version'], { encoding: 'utf8' });
  assert.match(version.stdout, /^mayday \d+\.\d+\.\d+/, version.stderr);
  assert.match(spawnSync(bin, ['--help'], { encoding: 'utf8' }).stdout, /serve/);
});

test('the installed package serves, and its demo is taken', async () => {
  const server = await startServer({ script: path.join(installed, 'bin/mayday.js') });
  try {
    const demo = spawnSync(bin, ['demo', '--url', server.submitUrl], { encoding: 'utf8' });
    assert.equal(demo.status, 0, demo.stdout + demo.stderr);
    assert.ok((await listReports(server)).length >= 5);
    const page = await fetch(`${server.reportsUrl}/sign-in`);
    assert.equal(page.status, 200);
    const library = await fetch(`${server.reportsUrl}/clients/python/mayday.py`);
    assert.equal(await library.text(), readFileSync(path.join(ROOT, 'clients/python/mayday.py'), 'utf8'));
  } finally {
    await server.remove();
  }
});

/** The first example of a page. */
function exampleOf(page: string): string {
  const code = /```js\n(.*?)```/s.exec(readFileSync(path.join(installed, page), 'utf8'))?.[1];
  assert.ok(code !== undefined, `${page} has no example`);
  return code;
}

/** The id of the program and its debug file as builders make them. */
const DEBUG_ID = '33221100554477668899AABBCCDDEEFF0';

/** The files that the examples read. */
function writeExampleFiles(): void {
  const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
  const context = builder.amd64({ rip: 0x40_1008n, rsp: 0x7fff_0000n });
  builder
    .threads({ id: 1, context, stack: { base: 0x7fff_0000n, bytes: new Uint8Array(256) } })
    .modules({
      base: 0x40_0000n,
      size: 0x10_000,
      name: '/opt/app',
      codeView: builder.buildId(...Buffer.from('00112233445566778899aabbccddeeff', 'hex')),
    })
    .exception({ threadId: 1, code: 11, flags: 1, address: 0n, context });
  const sym = `MODULE Linux x86_64 ${DEBUG_ID} app\nFILE 0 app.cc\nFUNC 1000 10 0 app::run(int)\n1000 10 22 0\n`;
  writeFileSync(path.join(folder, 'crash.dmp'), builder.build());
  writeFileSync(path.join(folder, 'app.sym'), sym);
  mkdirSync(path.join(folder, 'symbols', 'app', DEBUG_ID), { recursive: true });
  writeFileSync(path.join(folder, 'symbols', 'app', DEBUG_ID, 'app.sym'), sym);
  writeFileSync(path.join(folder, 'app'), strippedProgram());
  writeFileSync(path.join(folder, 'app.debug'), separateDebugFile(5));
}

const EXAMPLES = {
  'README.md': /app \+ 0x1008/,
  'docs/library/minidump.md': /app::run\(int\) \[app\.cc : 22/,
  'docs/library/stackwalk.md': /context inner\ncfi main\n/,
  'docs/library/symbols.md': /"function":"app::run\(int\)"/,
  'docs/library/debug-files.md': /FUNC 1000 10 0 app::run\(int\)/,
} as const;

describe('the package as a library', () => {
  before(writeExampleFiles);

  for (const [page, expected] of Object.entries(EXAMPLES)) {
    test(`runs the example of ${page}`, () => {
      const file = path.join(folder, `${page.replaceAll(/\W/g, '-')}.mjs`);
      writeFileSync(file, exampleOf(page));
      const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
      assert.match(stdout, expected, stderr);
    });
  }

  test('has types that a strict compiler takes', () => {
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          ...{ strict: true, noEmit: true, skipLibCheck: false, allowJs: true, checkJs: true },
          ...{ target: 'es2024', module: 'nodenext', types: ['node'] },
          typeRoots: [path.join(ROOT, 'node_modules/@types')],
        },
        include: ['*.mjs'],
      }),
    );
    const tsc = spawnSync(
      process.execPath,
      [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder],
      { encoding: 'utf8' },
    );
    assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
  });

  test('exports nothing else', () => {
    const code =
      "import('mayday/dist/cli/main.js').then(() => console.log('found'), (error) => console.log(error.code))";
    const { stdout } = spawnSync(process.execPath, ['-e', code], { cwd: folder, encoding: 'utf8' });
    assert.equal(stdout.trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
