import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { separateDebugFile, strippedProgram } from '../formats/debug-files/dwarf-builder.ts';

let folder = '';
const GOOD = 'MODULE Linux x86_64 11111111111111111111111111111111A app\nFUNC 1000 10 0 f\n';

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    env: {},
    terminal: false,
  };
  return { code: await main(['symbols', ...args], io), out, err };
}

function file(name: string, content: string): string {
  const target = path.join(folder, name);
  writeFileSync(target, content);
  return target;
}

describe('mayday symbols', () => {
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'mayday-symbols-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('check says what is in a file and where it belongs, and writes nothing', async () => {
    const good = file('good.sym', GOOD);
    const { code, out } = await run('check', good);
    assert.equal(code, 0);
    assert.match(out, /belongs at app\/11111111111111111111111111111111A\/app\.sym\n/);
    assert.match(out, /contains {3}1 functions/);
    assert.equal(existsSync(`${good}.index`), false);
  });

  it('check fails on damaged lines, on a file without a module and on one that is not there', async () => {
    const damaged = file('damaged.sym', `${GOOD}NONSENSE\n`);
    const nameless = file('nameless.sym', 'FUNC 1000 10 0 f\n');
    const { code, out } = await run('check', '--json', damaged, nameless, path.join(folder, 'absent.sym'));
    assert.equal(code, 1);
    const faults = (JSON.parse(out) as { faults: string[] }[]).map((finding) => finding.faults.join('; '));
    assert.equal(faults[0], 'has 1 damaged lines, which were left out');
    assert.equal(faults[1], 'has no MODULE line');
    assert.match(faults[2] ?? '', /^cannot be read: ENOENT/);
  });

  it('check says what a program and its debug file give, alone and together', async () => {
    const program = path.join(folder, 'app');
    const debug = path.join(folder, 'app.debug');
    writeFileSync(program, strippedProgram());
    writeFileSync(debug, separateDebugFile(5));
    const alone = await run('check', program);
    assert.equal(alone.code, 0, alone.out);
    assert.match(
      alone.out,
      /gives {6}unwind\n {2}wants {6}functions, lines and inlined calls: app\.debug with the id 3322/,
    );
    const together = await run('check', program, debug);
    assert.match(together.out, /gives {6}functions, lines, inlines\n/);
    assert.doesNotMatch(together.out, /wants/);
  });

  it('index writes the index beside the file', async () => {
    const good = file('indexed.sym', GOOD);
    const { code, out } = await run('index', good);
    assert.equal(code, 0);
    assert.equal(existsSync(`${good}.index`), true);
    assert.match(out, /index {6}.*indexed\.sym\.index, \d+ bytes/);
  });

  it('wants an action it knows, and files', async () => {
    for (const args of [[], ['frobnicate', 'x'], ['check']]) {
      const { code, err } = await run(...args);
      assert.equal(code, 2);
      assert.match(err, /^mayday symbols: /);
    }
  });
});
