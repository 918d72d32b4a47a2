// docs/logs.md has every warning and every error that the code logs, and no line that it does not.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Line {
  readonly level: string;
  /** As the page writes it: what is put in stands as an ellipsis. */
  readonly message: string;
}

/** Every line that a source file logs: the words that end the arguments of a call of the log. */
function linesOf(source: string): readonly Line[] {
  return [...source.matchAll(/\blog\.(debug|info|warn|error|fatal)\(/g)].flatMap((call) => {
    const level = call[1] ?? '';
    const words = argumentsFrom(source, call.index + call[0].length);
    return [...words.matchAll(/(?<=^|[,?:]\s*)(?:'([^'\n]+)'|`([^`]+)`)(?=\s*(?:,?\s*$|:))/g)].map(
      ([, plain, template]) => ({
        level,
        message: (plain ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, '…'),
      }),
    );
  });
}

/** From behind an opening bracket to its end; words may hold brackets only in pairs. */
function argumentsFrom(source: string, start: number): string {
  let depth = 1;
  let at = start;
  while (depth > 0 && at < source.length) {
    if ('([{'.includes(source.charAt(at))) depth += 1;
    if (')]}'.includes(source.charAt(at))) depth -= 1;
    at += 1;
  }
  return source.slice(start, at - 1);
}

const logged = globSync('src/**/*.ts').flatMap((file) => linesOf(readFileSync(file, 'utf8')));
const page = readFileSync('docs/logs.md', 'utf8');
const section = (heading: string): readonly string[] =>
  (page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, words]) => words ?? ''),
    );

test('lines are found in the sources, with what is put into them as an ellipsis', () => {
  assert.deepEqual(
    linesOf(
      "log.warn({ err: error, symbols: `${a}/${b}` }, 'an index'); log.error({}, `${name} failed; again`);",
    ),
    [
      { level: 'warn', message: 'an index' },
      { level: 'error', message: '… failed; again' },
    ],
  );
  assert.ok(logged.length > 60, `${logged.length}`);
});

for (const [heading, level] of [
  ['Errors', 'error'],
  ['Warnings', 'warn'],
] as const) {
  test(`the page has every line of the level ${level}, and no other`, () => {
    const there = new Set(logged.filter((line) => line.level === level).map(({ message }) => message));
    assert.deepEqual(section(heading).toSorted(), [...there].toSorted());
  });
}

test('what the page says of other lines is logged', () => {
  const there = new Set(logged.filter(({ level }) => level === 'info').map(({ message }) => message));
  const named = section('What happened').filter((words) => words !== 'full');
  assert.ok(named.length > 15);
  assert.deepEqual(
    named.filter((words) => !there.has(words)),
    [],
  );
});
