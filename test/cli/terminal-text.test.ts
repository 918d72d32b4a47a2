// What commands print on a terminal, of texts that anybody could have sent.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { terminalText } from '../../src/cli/terminal-text.ts';

test('what steers a terminal or turns text around is shown by its number', () => {
  const attacks: Readonly<Record<string, string>> = {
    'clear\u001b[2J': 'clear\\u001b[2J',
    'title\u001b]0;owned\u0007': 'title\\u001b]0;owned\\u0007',
    'one byte\u009b31m': 'one byte\\u009b31m',
    'over\rwritten': 'over\\u000dwritten',
    'back\b\b\b\b': 'back\\u0008\\u0008\\u0008\\u0008',
    'delete\u007f': 'delete\\u007f',
    'gpj.\u202eexe': 'gpj.\\u202eexe',
    'isolate\u2066x\u2069': 'isolate\\u2066x\\u2069',
    'lines\u2028apart': 'lines\\u2028apart',
  };
  for (const [sent, shown] of Object.entries(attacks)) assert.equal(terminalText(sent), shown);
});

test('lines, tabs and every language stay', () => {
  for (const text of ['a\tb\n', 'Größe ≥ 3 · 日本語 עברית 🙂\n']) assert.equal(terminalText(text), text);
  assert.equal(terminalText('csv,row\r\n'), 'csv,row\n');
});

const script = spawnSync('script', ['--version'], { encoding: 'utf8' });
const skip = !/util-linux/.test(script.stdout ?? '') && 'no script(1) of util-linux, which gives a terminal';

test('a command on a terminal says what is wrong without what an argument would do to it', { skip }, () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'mayday-terminal-'));
  try {
    const file = path.join(dir, 'run.sh');
    // The name of a command is repeated in the sentence about it.
    writeFileSync(file, `exec "$NODE" bin/mayday.js "$(printf 'no\\033[2Jsuch')"\n`);
    const run = (command: string, args: readonly string[]) =>
      spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, NODE: process.execPath } });
    const seen = run('script', ['--quiet', '--command', `sh ${file}`, '/dev/null']).stdout;
    assert.match(seen, /has no command "no\\u001b\[2Jsuch"/);
    assert.ok(!seen.includes('\u001b[2J'));
    // A pipe gets the bytes as they are.
    assert.ok(run('sh', [file]).stderr.includes('"no\u001b[2Jsuch"'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
