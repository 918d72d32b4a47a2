// Random rows and random queries over them, for the tests that compare.
import fc from 'fast-check';
import type { FactRow } from '../../src/search/facts.ts';
import type { Condition, Query } from '../../src/search/query/query-tree.ts';
import { KEYS } from './brute-force.ts';
import type { KeyName } from './brute-force.ts';

const FRAMES = ['main', 'Alloc::Huge', 'js::Run', 'a b', 'x"y', 'Öffnen', '-x', '(anonymous)', 'at'];

/** Rows in the order of their reports; some values are missing. */
export const rows: fc.Arbitrary<readonly FactRow[]> = fc
  .array(
    fc.record({
      count: fc.constantFrom(1, 1, 1, 3),
      happened: fc.integer({ min: 20_000, max: 20_010 }),
      case: fc.integer({ min: 1, max: 6 }),
      installation: fc.option(fc.integer({ min: 1, max: 9 })),
      platform: fc.option(fc.constantFrom('Windows', 'linux', 'macOS 14')),
      uptime: fc.option(fc.integer({ min: 0, max: 100 })),
      signature: fc.constantFrom('OOM | small', 'js::Run', 'crash in main'),
      frame: fc.option(fc.array(fc.constantFrom(...FRAMES), { minLength: 1, maxLength: 4 })),
      gpu: fc.option(fc.constantFrom('10de', '8086', 'AMD/ATI')),
      memory: fc.option(fc.integer({ min: 0, max: 1e9 }).map(String)),
    }),
    { maxLength: 60 },
  )
  .map((made) =>
    made.map((values, at): FactRow => {
      const named = Object.entries({ report: at + 1, position: 0, ...values });
      return named.flatMap(([name, value]) =>
        value === null ? [] : [[KEYS[name as KeyName], value] as const],
      );
    }),
  );

const TEXT_KEYS = ['platform', 'signature', 'frame', 'gpu'];
const text = fc.constantFrom(
  ...FRAMES,
  'windows',
  'LINUX',
  'OOM | small',
  '10de',
  'js::',
  'n',
  'AMD/ATI',
  '',
);
const number = fc.integer({ min: -1, max: 120 }).map(String);

const textCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ op: fc.constantFrom('equals', 'contains', 'starts', 'ends'), text }),
  fc.record({ op: fc.constant('like'), text: fc.constantFrom('*', 'js*', '*o*', 'w*s', 'a*a', '**n') }),
  fc.record({ op: fc.constant('regex'), text: fc.constantFrom('^js', 'n$', '[0-9]+', 'A.*H', 'x|y') }),
);
const numberCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ op: fc.constantFrom('<', '<=', '>', '>='), text: number }),
  fc.record({ op: fc.constant('equals'), text: number }),
  fc
    .record({
      op: fc.constant('between'),
      from: fc.oneof(number, fc.constant('')),
      to: fc.oneof(number, fc.constant('')),
    })
    .filter(({ from, to }) => from !== '' || to !== ''),
);

const clause: fc.Arbitrary<Query> = fc.oneof(
  fc.record({
    is: fc.constant('clause'),
    key: fc.constantFrom(...TEXT_KEYS),
    conditions: fc.array(textCondition, { minLength: 1, maxLength: 3 }),
    at: fc.constant(0),
  }),
  fc.record({
    is: fc.constant('clause'),
    key: fc.constantFrom('uptime', 'installation', 'case', 'count'),
    conditions: fc.array(numberCondition, { minLength: 1, maxLength: 2 }),
    at: fc.constant(0),
  }),
  fc.record({
    is: fc.constant('clause'),
    key: fc.constant('has'),
    conditions: fc
      .constantFrom('gpu', 'uptime', 'frame')
      .map((name) => [{ op: 'equals' as const, text: name }]),
    at: fc.constant(0),
  }),
  fc.record({
    is: fc.constant('word'),
    text: fc.constantFrom('main', 'run', 'a b', 'öff', 'NOT', '-x', 'x:y'),
    at: fc.constant(0),
  }),
);

/** A query of some depth. Branches of one kind are never directly inside each other: the parser joins them. */
export const query: fc.Arbitrary<Query> = fc.letrec<{ tree: Query }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    clause,
    fc.record({ is: fc.constant('not'), of: tie('tree') }),
    fc.record({
      is: fc.constantFrom('and', 'or'),
      of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).tree;

/** The tree without the places at which clauses stand. */
export function withoutPlaces(tree: Query): Query {
  if (tree.is === 'clause' || tree.is === 'word') return { ...tree, at: 0 };
  return tree.is === 'not'
    ? { is: 'not', of: withoutPlaces(tree.of) }
    : { is: tree.is, of: tree.of.map(withoutPlaces) };
}
