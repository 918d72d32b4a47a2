// Completion and the manual page say what `--help` says, in the words that shells and man read.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { manualPage } from '../../scripts/manual-page.ts';
import { COMMANDS } from '../../src/cli/command-registry.ts';
import { main } from '../../src/cli/main.ts';
import { usageOptions, usageSubcommands } from '../../src/cli/usage-text.ts';

async function run(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await main(args, {
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
    env: {},
    terminal: false,
  });
  return { code, ...said };
}

function isMissing(t: TestContext, program: string): boolean {
  if (spawnSync(program, ['--version']).error === undefined) return false;
  t.skip(`${program} is not installed here`);
  return true;
}

test('bash completes commands, words after them, and options', async () => {
  const { out } = await run('completion', 'bash');
  const completed = (line: string): string[] => {
    const words = line.split(' ');
    const script = `${out}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_mayday; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
  };
  assert.deepEqual(completed('mayday re'), ['reprocess', 'restore', 'repair']);
  assert.deepEqual(completed('mayday symbols u'), ['upload']);
  assert.deepEqual(completed('mayday symbols upload --mi'), ['--missing']);
  assert.deepEqual(completed('mayday send --re'), ['--retries']);
  assert.deepEqual(completed('mayday nothing --re'), ['']);
});

for (const shell of ['zsh', 'fish']) {
  test(`${shell} understands its completion`, async (t) => {
    if (isMissing(t, shell)) return;
    const { out } = await run('completion', shell);
    const dir = mkdtempSync(path.join(tmpdir(), 'mayday-completion-'));
    try {
      const file = path.join(dir, 'mayday');
      writeFileSync(file, out);
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

test('completion of an unknown shell names those that there are', async () => {
  for (const args of [[], ['tcsh'], ['bash', 'zsh'], ['toString']]) {
    const { code, err } = await run('completion', ...args);
    assert.equal(code, 2);
    assert.match(err, /bash, zsh or fish/);
  }
});

test('every option and word of a usage text is read', async () => {
  for (const { name, load } of COMMANDS) {
    const { usage } = (await load()).command;
    const long = new Set(usageOptions(usage).map((option) => option.long));
    // Whatever a usage text speaks of, beside the options of other commands, which it names with them.
    const spoken = [...usage.replaceAll(/"mayday [^"]*"/g, '').matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(
      ([option]) => option,
    );
    assert.deepEqual([...long].toSorted(), [...new Set(spoken)].toSorted(), name);
  }
  const { usage } = (await import('../../src/cli/commands/symbols-command.ts')).command;
  assert.deepEqual(usageSubcommands(usage), ['index', 'check', 'dump', 'upload']);
});

test('the manual page has every command, option and setting, and man has nothing to say against it', async (t) => {
  const page = await manualPage('1.2.3');
  for (const { name, load } of COMMANDS) {
    assert.ok(page.includes(`"MAYDAY ${name.toUpperCase()}"`), name);
    for (const { long } of usageOptions((await load()).command.usage)) {
      assert.ok(page.includes(long.replaceAll('-', String.raw`\-`)), `${name} ${long}`);
    }
  }
  assert.ok(page.includes('.BR CRASH_REPORTS_DIR'));
  if (isMissing(t, 'groff')) return;
  const { status, stderr, stdout } = spawnSync('groff', ['-man', '-Tutf8', '-ww'], {
    input: page,
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /crash report server/);
});
