// Every sentence of the five specifications has a test or a reason, and docs/conformance.md says which.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { NATIVE_SENTENCES } from '../conformance/native-sentences.ts';
import { SPECIFICATIONS } from '../conformance/sentences.ts';
import { conformancePage, holders, holdersOf } from '../conformance/table.ts';

const SHARED = path.resolve(import.meta.dirname, '../../../shared/spec');
const sentences = SPECIFICATIONS.flatMap((specification) => specification.sentences);

test('docs/conformance.md is what the tests say', () => {
  assert.equal(
    readFileSync('docs/conformance.md', 'utf8'),
    conformancePage(),
    'docs/conformance.md is stale; write it anew with: node scripts/conformance.ts',
  );
});

test('every sentence is held by a test, or says why none can', () => {
  const held = new Set(holders().flatMap(({ ids }) => ids));
  assert.ok(sentences.length > 100);
  const open = sentences
    .filter(({ id, because }) => because === undefined && !held.has(id))
    .map(({ id }) => id);
  open.push(...NATIVE_SENTENCES.map(({ id }) => id).filter((id) => !held.has(id)));
  assert.deepEqual(open, [], 'no test holds these');
  const both = sentences
    .filter(({ id, because }) => because !== undefined && held.has(id))
    .map(({ id }) => id);
  assert.deepEqual(both, [], 'a test holds these although they say that none can');
});

test('tests name sentences that there are, and each sentence has a name of its own', () => {
  const ids = [...sentences, ...NATIVE_SENTENCES].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const unknown = holders().flatMap((holder) =>
    holder.ids.filter((id) => !ids.includes(id)).map((id) => `${holder.file}: ${id}`),
  );
  assert.deepEqual(unknown, []);
});

test('a mark above something that is no test is a failure', () => {
  assert.throws(() => holdersOf('x.test.ts', ['// Holds: a', 'const b = 1;']), /x\.test\.ts:2: a mark/);
  assert.deepEqual(
    holdersOf('x.test.ts', ['// Holds: a, b', '// Holds: c', '  it(`is ${x} \\`y\\``, () => {']),
    [{ file: 'x.test.ts', title: 'is … `y`', ids: ['a', 'b', 'c'] }],
  );
  assert.deepEqual(holdersOf('x.test.ts', ['// Holds: a', 'test(', "  'long',"]), [
    { file: 'x.test.ts', title: 'long', ids: ['a'] },
  ]);
});

for (const { file, noPromise, sentences: own } of SPECIFICATIONS) {
  const document = path.join(SHARED, file);
  test(
    `no line of ${file} is left out`,
    {
      skip: existsSync(document)
        ? false
        : '../shared is not here: the sentences are held without the documents',
    },
    () => {
      const lines = readFileSync(document, 'utf8').split('\n');
      const ranges = [...noPromise, ...own.map((sentence) => sentence.lines)];
      const left = lines.flatMap((line, index) => {
        const at = index + 1;
        return line.trim() === '' || ranges.some(([from, to]) => from <= at && at <= to)
          ? []
          : [`${at}: ${line}`];
      });
      assert.deepEqual(left, []);
      for (const [from, to] of ranges) assert.ok(from <= to && to <= lines.length, `lines ${from} to ${to}`);
    },
  );
}
