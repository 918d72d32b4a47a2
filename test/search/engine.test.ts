// The engine gives what counting by hand gives, for random rows in random chunks, whole or packed, with rows taken back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { blanked, buildColumns, valueAt } from '../../src/search/columns/column.ts';
import { packColumn, unpackColumn } from '../../src/search/columns/pack-column.ts';
import { answerQuestion } from '../../src/search/engine/answer-question.ts';
import type { Chunk } from '../../src/search/engine/chunk.ts';
import { seenChunk } from '../../src/search/engine/chunk.ts';
import { NONE, PartedNumbers } from '../../src/search/engine/parted-numbers.ts';
import { withBugs } from '../../src/search/engine/with-bugs.ts';
import type { Answer, Question } from '../../src/search/engine/question.ts';
import { factsOfText, factsToText } from '../../src/search/facts.ts';
import type { FactRow } from '../../src/search/facts.ts';
import { BUG_KEY, FIELDS } from '../../src/search/fields.ts';
import { bindQuery } from '../../src/search/query/bind-query.ts';
import type { BoundQuery } from '../../src/search/query/bind-query.ts';
import { parseQuery } from '../../src/search/query/parse-query.ts';
import { printQuery } from '../../src/search/query/print-query.ts';
import type { Query } from '../../src/search/query/query-tree.ts';
import { KEYS, facetOf, fulfils, valuesOf, weightOf } from './brute-force.ts';
import * as random from './random-search.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const reported = (name: string): readonly number[] =>
  name === 'gpu' ? [KEYS.gpu] : name === 'memory' ? [KEYS.memory] : [];

function bound(tree: Query): BoundQuery {
  const found = bindQuery(tree, { reported }, NOW);
  assert.ok('query' in found, JSON.stringify(found));
  return found.query;
}

function boundText(text: string): BoundQuery {
  const parsed = parseQuery(text);
  assert.ok('query' in parsed, JSON.stringify(parsed));
  return bound(parsed.query);
}

/** Rows in chunks of a size, the newest chunk first; each column went through its packed form. */
function chunksOf(
  rows: readonly FactRow[],
  size: number,
  dead: ReadonlySet<number> = new Set(),
): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < rows.length; at += size) {
    const some = rows.slice(at, at + size).map((row) => factsOfText(factsToText(row)));
    const columns = new Map(
      [...buildColumns(some)].map(([key, column]) => [key, unpackColumn(packColumn(column))]),
    );
    const gone = new Set([...dead].filter((row) => row >= at && row < at + size).map((row) => row - at));
    chunks.unshift({ rows: some.length, column: (key) => columns.get(key) ?? null, dead: gone });
  }
  return chunks;
}

function question(query: BoundQuery, more: Partial<Question> = {}): Question {
  return { query, facets: [], histogram: null, distinct: [], numbers: [], list: null, ...more };
}

describe('the search engine', () => {
  it('counts as counting by hand does', () => {
    fc.assert(
      fc.property(
        random.rows,
        random.query,
        fc.integer({ min: 1, max: 20 }),
        fc.nat(),
        (rows, tree, size, taken) => {
          const dead = new Set(rows.length > 0 && taken % 3 === 0 ? [taken % rows.length] : []);
          const expected = rows.filter((row, at) => !dead.has(at) && fulfils(row, tree));
          const answer = answerQuestion(
            chunksOf(rows, size, dead),
            question(bound(tree), {
              facets: ['platform', 'frame', 'gpu', 'case'].map((key) => ({
                key: KEYS[key as keyof typeof KEYS],
                top: 100,
                distinct: KEYS.installation,
                days: true,
                within: { key: KEYS.frame, top: 100 },
              })),
              histogram: 'day',
              distinct: [KEYS.installation],
              numbers: [KEYS.uptime],
              list: {
                columns: [KEYS.signature],
                sort: { key: KEYS.report, descending: true },
                limit: 1000,
                after: null,
              },
            }),
          );
          const text = printQuery(tree);
          assert.equal(answer.rows, expected.length, text);
          assert.equal(answer.crashes, sum(expected.map(weightOf)));
          assert.equal(answer.existing, rows.length - dead.size);
          for (const [at, key] of ['platform', 'frame', 'gpu', 'case'].entries()) {
            const facet = answer.facets[at];
            assert.ok(facet);
            assert.deepEqual(
              new Map(facet.values.map(({ value, crashes }) => [String(value), crashes])),
              new Map(facetOf(expected, key)),
              text,
            );
            assert.equal(
              facet.absent,
              sum(expected.filter((row) => valuesOf(row, key).length === 0).map(weightOf)),
            );
            for (const { value, distinct, days, within } of facet.values) {
              const having = expected.filter((row) => valuesOf(row, key).map(String).includes(String(value)));
              assert.equal(distinct, new Set(having.flatMap((row) => valuesOf(row, 'installation'))).size);
              assert.deepEqual(
                new Map(days.map(([day, crashes]) => [String(day), crashes])),
                new Map(facetOf(having, 'happened')),
              );
              assert.deepEqual(
                new Map(within.map((inner) => [String(inner.value), inner.crashes])),
                new Map(facetOf(having, 'frame')),
              );
            }
          }
          assert.equal(sum(answer.histogram.map(([, crashes]) => crashes)), answer.crashes);
          assert.deepEqual(answer.distinct, [
            new Set(expected.flatMap((row) => valuesOf(row, 'installation'))).size,
          ]);
          const uptimes = expected.flatMap((row) => valuesOf(row, 'uptime')).map(Number);
          assert.equal(answer.numbers[0]?.count ?? 0, uptimes.length);
          if (uptimes.length > 0) {
            assert.equal(answer.numbers[0]?.least, Math.min(...uptimes));
            assert.equal(answer.numbers[0]?.greatest, Math.max(...uptimes));
          }
          assert.deepEqual(
            answer.list.rows.map(({ report }) => report),
            expected.map((row) => Number(valuesOf(row, 'report')[0])).toReversed(),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('selects with a query and its negation every row once', () => {
    fc.assert(
      fc.property(random.rows, random.query, (rows, tree) => {
        const chunks = chunksOf(rows, 16);
        const yes = answerQuestion(chunks, question(bound(tree)));
        const no = answerQuestion(chunks, question(bound({ is: 'not', of: tree })));
        assert.equal(yes.rows + no.rows, rows.length);
      }),
    );
  });

  it('walks a sorted list in pages without losing or repeating a row', () => {
    fc.assert(
      fc.property(
        random.rows,
        fc.constantFrom(KEYS.uptime, KEYS.signature, KEYS.frame),
        fc.boolean(),
        (rows, key, descending) => {
          const chunks = chunksOf(rows, 7);
          const seen: number[] = [];
          const values: unknown[] = [];
          let after: NonNullable<Question['list']>['after'] = null;
          do {
            const list: Question['list'] = { columns: [key], sort: { key, descending }, limit: 5, after };
            const page: Answer['list'] = answerQuestion(chunks, question(boundText(''), { list })).list;
            seen.push(...page.rows.map(({ report }) => report));
            values.push(...page.rows.map((row) => row.values[0]));
            after = page.next;
          } while (after !== null);
          assert.deepEqual(
            seen.toSorted((a, b) => a - b),
            rows.map((_, at) => at + 1),
          );
          const first = values.findIndex((value) => value === null);
          assert.ok(
            first < 0 || values.slice(first).every((value) => value === null),
            'absent values come last',
          );
        },
      ),
    );
  });

  it('finds bugs through their cases', () => {
    const rows: FactRow[] = [10, 11, 12].map((inCase, at) => [
      [KEYS.report, at + 1],
      [KEYS.case, inCase],
    ]);
    const bugs = new Map([
      [10, 1],
      [11, 1],
      [12, 2],
    ]);
    const chunks = chunksOf(rows, 2).map((chunk) => withBugs(chunk, () => (inCase) => bugs.get(inCase) ?? 0));
    assert.equal(answerQuestion(chunks, question(boundText('bug:#1'))).rows, 2);
    assert.equal(answerQuestion(chunks, question(boundText('#2'))).rows, 1);
    const facets = [{ key: BUG_KEY, top: 5, distinct: null, days: false }];
    const answer = answerQuestion(chunks, question(boundText(''), { facets }));
    assert.deepEqual(
      answer.facets[0]?.values.map(({ value, crashes }) => [value, crashes]),
      [
        [1, 2],
        [2, 1],
      ],
    );
  });

  it('compares versions by their order and numbers with units', () => {
    const versions = ['1.9', '1.10', '2.0-beta', '2.0'];
    const rows = versions.map((version, at): FactRow => [
      [KEYS.report, at + 1],
      [9, version],
      [KEYS.memory, String((at + 1) * 2 ** 20)],
    ]);
    const found = (text: string): readonly string[] => {
      const list = { columns: [9], sort: { key: KEYS.report, descending: false }, limit: 9, after: null };
      return answerQuestion(chunksOf(rows, 3), question(boundText(text), { list })).list.rows.map(
        ({ values }) => String(values[0]),
      );
    };
    assert.deepEqual(found('version:>=1.10'), ['1.10', '2.0-beta', '2.0']);
    assert.deepEqual(found('version:<2.0'), ['1.9', '1.10', '2.0-beta']);
    assert.deepEqual(found('version:1.10..2.0'), ['1.10', '2.0-beta', '2.0']);
    assert.deepEqual(found('memory:>2M'), ['2.0-beta', '2.0']);
  });

  it('names a key that nobody sent, and an operand that fits no key', () => {
    const fault = (text: string): unknown => {
      const parsed = parseQuery(text);
      assert.ok('query' in parsed);
      return bindQuery(parsed.query, { reported }, NOW);
    };
    assert.deepEqual(fault('platform:linux colour:red'), {
      fault: { problem: 'No report has a "colour".', at: 15 },
    });
    assert.deepEqual(fault('uptime:<soon'), {
      fault: { problem: '"soon" is no number; "uptime" is compared with numbers.', at: 0 },
    });
    assert.deepEqual(fault('has:colour'), { fault: { problem: 'No report has a "colour".', at: 0 } });
  });

  it('answers the same whatever stands under a key that the reader does not see', () => {
    fc.assert(
      fc.property(random.rows, random.query, (rows, tree) => {
        const without = rows.map((row) => row.filter(([key]) => key !== KEYS.gpu));
        const facets = [{ key: KEYS.gpu, top: 9, distinct: null, days: false }];
        const asked = question(bound(tree), { facets });
        const seen = chunksOf(rows, 9).map((chunk) => seenChunk(chunk, (key) => key !== KEYS.gpu));
        assert.deepEqual(answerQuestion(seen, asked), answerQuestion(chunksOf(without, 9), asked));
      }),
    );
  });

  it('reads no column of chunks about which the times of arrival say enough', () => {
    const rows = Array.from({ length: 6 }, (_, at): FactRow => [[KEYS.report, at + 1]]);
    const chunks = chunksOf(rows, 2).map(({ rows: size, dead, column }, at): Chunk => ({
      rows: size,
      dead,
      received: { least: NOW - (at + 1) * 1000, greatest: NOW - at * 1000 - 1 },
      column: (key) => (key === FIELDS.received.key ? assert.fail('read') : column(key)),
    }));
    const since = (ms: number): number =>
      answerQuestion(chunks, question(boundText(`received:>=${new Date(NOW - ms).toISOString()}`))).rows;
    assert.deepEqual([since(1000), since(2000), since(0)], [2, 4, 0]);
    const first = { columns: [], sort: { key: KEYS.report, descending: true }, limit: 1, after: null };
    const older = answerQuestion(chunks.toReversed(), question(boundText(''), { list: first }), () => false);
    assert.equal(older.list.rows[0]?.report, 6);
  });

  it('counts a value once, whether a chunk keeps it as a number or as text', () => {
    const many = Array.from({ length: 1500 }, (_, at): FactRow => [[KEYS.memory, String(at)]]);
    const few: readonly FactRow[] = [[[KEYS.memory, '7']], [[KEYS.memory, '7']]];
    const chunks = [...chunksOf(few, 10), ...chunksOf(many, 1500)];
    const facets = [{ key: KEYS.memory, top: 1, distinct: KEYS.memory, days: false }];
    const answer = answerQuestion(chunks, question(boundText(''), { facets, distinct: [KEYS.memory] }));
    assert.deepEqual(answer.facets[0]?.values, [
      { value: '7', crashes: 3, distinct: 1, days: [], within: [] },
    ]);
    assert.deepEqual([answer.facets[0]?.different, answer.distinct], [1500, [1500]]);
  });

  it('counts all installations of many values', () => {
    const rows = Array.from({ length: 3000 }, (_, at): FactRow => [
      [KEYS.signature, `crash ${at % 100}`],
      [KEYS.installation, 500_000_000_000 + (at % 700) * 7_368_787],
    ]);
    const facets = [{ key: KEYS.signature, top: 100, distinct: KEYS.installation, days: false }];
    const answer = answerQuestion(
      chunksOf(rows, 1000),
      question(boundText(''), { facets, distinct: [KEYS.installation] }),
    );
    assert.deepEqual(answer.distinct, [700]);
    for (const { value, distinct } of answer.facets[0]?.values ?? []) {
      const having = rows.filter((row) => valuesOf(row, 'signature')[0] === value);
      assert.equal(distinct, new Set(having.map((row) => valuesOf(row, 'installation')[0])).size);
    }
  });

  it('says how much it counted when the time is up', () => {
    const rows = Array.from({ length: 10 }, (_, at): FactRow => [[KEYS.report, at + 1]]);
    let asked = 0;
    const answer = answerQuestion(chunksOf(rows, 4), question(boundText('')), () => (asked += 1) > 1);
    assert.deepEqual([answer.complete, answer.counted, answer.existing, answer.rows], [false, 2, 10, 2]);
  });

  it('numbers different numbers as a map does, however many at once and whatever they are', () => {
    const number = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(NaN),
    );
    fc.assert(
      fc.property(fc.array(fc.array(number, { maxLength: 400 }), { maxLength: 6 }), (batches) => {
        const numbers = new PartedNumbers(400);
        const known = new Map<number, number>();
        for (const batch of batches) {
          const found = new Uint32Array(batch.length);
          numbers.numberAll(Float64Array.from(batch), found);
          for (const [at, value] of batch.entries()) {
            if (Number.isNaN(value)) assert.equal(found[at], NONE);
            else if (known.has(value)) assert.equal(found[at], known.get(value));
            else known.set(value, found[at] ?? NONE);
          }
        }
        assert.equal(numbers.size, known.size);
        assert.deepEqual(
          [...known.values()].toSorted((a, b) => a - b),
          [...known.keys()].map((_, at) => at),
        );
      }),
    );
  });

  it('keeps lists that many rows share once, and reads those of before', () => {
    const list = fc.array(fc.constantFrom('main', 'run', 'alloc', 'free', ''), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 400 }), (rows) => {
        const expected = rows.map((words) => (words.length === 0 ? undefined : [...new Set(words)]));
        const column = buildColumns(rows.map((words) => [[KEYS.frame, words]])).get(KEYS.frame);
        assert.ok(column?.kind === 'list');
        assert.ok(column.starts.length - 2 <= new Set(expected.map(String)).size);
        for (const one of [unpackColumn(packColumn(column)), unpackColumn(packedByRow(rows))])
          assert.deepEqual(
            rows.map((_, row) => valueAt(one, row)),
            expected,
          );
        const [first] = rows.keys();
        assert.equal(valueAt(blanked(column, [first ?? 0]), first ?? 0), undefined);
      }),
    );
  });

  it('keeps many different numbers as numbers, and every text as it was', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.double().map(String), fc.constant('007')), { maxLength: 50 }),
        (texts) => {
          const many = [...texts, ...Array.from({ length: 2000 }, (_, at) => String(at * 7))];
          const column = buildColumns(many.map((text) => [[100, text]])).get(100);
          assert.ok(column);
          const again = unpackColumn(packColumn(column));
          const values = many.map((_, row) => (again.kind === 'list' ? null : String(valueAt(again, row))));
          assert.deepEqual(values, many);
        },
      ),
      { numRuns: 30 },
    );
  });
});

/** A column of lists as segments of before had it: where each row starts, then codes of four bytes. */
function packedByRow(rows: readonly (readonly string[])[]): Uint8Array {
  const words = [...new Set(rows.flat())];
  const starts = [0];
  const codes: number[] = [];
  for (const row of rows) {
    for (const word of new Set(row)) codes.push(words.indexOf(word) + 1);
    starts.push(codes.length);
  }
  const dictionary = Buffer.from(JSON.stringify(words));
  const head = Buffer.alloc(14);
  head.writeUInt8(1, 0);
  head.writeUInt8(2, 1);
  head.writeUInt32LE(rows.length, 2);
  head.writeUInt32LE(dictionary.length, 6);
  head.writeUInt32LE(codes.length, 10);
  const bytes = (numbers: readonly number[]) => Buffer.from(Uint32Array.from(numbers).buffer);
  return zstdCompressSync(Buffer.concat([head, dictionary, bytes(starts), bytes(codes)]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
