// The throttle: every condition, every result, and Mozilla's public ruleset as the shipped example.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';
import { compileCondition, createThrottle } from '../../src/submit/throttle.ts';
import { checkThrottleRules, type Condition, type ThrottleRule } from '../../src/submit/throttle-rule.ts';

const NOW = Date.parse('2024-06-15T12:00:00Z');

function holds(condition: Condition, values: Readonly<Record<string, string>>): boolean {
  return compileCondition(condition)(new Map(Object.entries(values)), NOW);
}

test('a value equals, is in a list, starts with, matches', () => {
  assert.equal(holds({ field: 'a', equals: 'x' }, { a: 'x' }), true);
  assert.equal(holds({ field: 'a', equals: 'x' }, { a: 'X' }), false);
  assert.equal(holds({ field: 'a', equals: 'x', ignoreCase: true }, { a: 'X' }), true);
  assert.equal(holds({ field: 'a', equals: 1 }, { a: '1' }), true);
  assert.equal(holds({ field: 'a', oneOf: ['x', 'y'] }, { a: 'y' }), true);
  assert.equal(holds({ field: 'a', oneOf: ['x', 'y'] }, { a: 'z' }), false);
  assert.equal(holds({ field: 'a', oneOf: ['x'] }, {}), false);
  assert.equal(holds({ field: 'a', startsWith: ['night', 'be'] }, { a: 'beta' }), true);
  assert.equal(holds({ field: 'a', startsWith: ['night'] }, { a: 'beta' }), false);
  assert.equal(holds({ field: 'a', matches: '^\\d+$' }, { a: '12' }), true);
  assert.equal(holds({ field: 'a', matches: '^\\d+$' }, { a: '1x' }), false);
  assert.equal(holds({ field: 'a', before: '2017' }, { a: '20161231' }), true);
  assert.equal(holds({ field: 'a', before: '2017' }, { a: '20171231' }), false);
});

test('a field is present or not, empty or not', () => {
  assert.equal(holds({ field: 'a', present: true }, { a: '' }), true);
  assert.equal(holds({ field: 'a', present: true }, {}), false);
  assert.equal(holds({ field: 'a', present: false }, {}), true);
  assert.equal(holds({ field: 'a', present: false }, { a: '1' }), false);
  assert.equal(holds({ field: 'a', empty: true }, { a: '' }), true);
  assert.equal(holds({ field: 'a', empty: false }, { a: '' }), false);
  assert.equal(holds({ field: 'a', empty: true }, {}), false);
});

test('a build id is older than a number of days', () => {
  const old = { field: 'b', olderThanDays: 30 };
  assert.equal(holds(old, { b: '20240516120000' }), true);
  assert.equal(holds(old, { b: '20240517' }), false);
  assert.equal(holds(old, { b: '20240231000000' }), false, 'a date that does not exist is no date');
  assert.equal(holds(old, { b: 'unknown' }), false);
});

test('a field inside a JSON annotation is found by its path', () => {
  const path = ['system', 'os', 'windowsBuildNumber'];
  const at = (value: unknown) => ({ t: JSON.stringify({ system: { os: { windowsBuildNumber: value } } }) });
  assert.equal(holds({ field: 't', path, atMost: 9600, atLeast: 1 }, at(7601)), true);
  assert.equal(holds({ field: 't', path, atMost: 9600, atLeast: 1 }, at(0)), false);
  assert.equal(holds({ field: 't', path, wholeNumber: true }, at(1.5)), false);
  assert.equal(holds({ field: 't', path, wholeNumber: true }, at(true)), false);
  assert.equal(holds({ field: 't', path, wholeNumber: true }, at('7601')), false, 'a text is no number');
  assert.equal(holds({ field: 't', path, atMost: 9600 }, at('7601')), false);
  assert.equal(
    holds({ field: 't', wholeNumber: true, atMost: 9600 }, { t: '7601' }),
    true,
    'an annotation is text',
  );
  assert.equal(holds({ field: 't', path, equals: 7601 }, at(7601)), true);
  assert.equal(
    holds({ field: 't', path, equals: '7601' }, at(7601)),
    false,
    'a path keeps the type of the value',
  );
  assert.equal(holds({ field: 't', path, present: false }, { t: '{"system":[]}' }), true);
  assert.equal(holds({ field: 't', path, atMost: 9600 }, { t: 'not JSON' }), false);
  assert.equal(holds({ field: 't', path: ['constructor'], present: true }, { t: '{}' }), false);
});

test('and, or, not combine conditions', () => {
  const a: Condition = { field: 'a', present: true };
  const b: Condition = { field: 'b', present: true };
  assert.equal(holds({ all: [a, b] }, { a: '' }), false);
  assert.equal(holds({ any: [a, b] }, { a: '' }), true);
  assert.equal(holds({ not: a }, { a: '' }), false);
  assert.equal(holds({ all: [{ not: a }, { any: [b, { always: true }] }] }, {}), true);
});

// Holds: rejection-rules
test('the first rule that decides wins; a sample chooses between two results; without a rule all is accepted', () => {
  const rules: readonly ThrottleRule[] = [
    {
      name: 'sampled',
      if: { field: 'a', present: true },
      then: { percent: 10, within: 'continue', beyond: 'reject' },
    },
    { name: 'later', if: { field: 'a', equals: '1' }, then: 'defer' },
  ];
  const decide = (random: number, value?: string) =>
    createThrottle(rules, () => random)(value === undefined ? [] : [{ key: 'a', value }], NOW);
  assert.deepEqual(decide(0.5, '1'), { rule: 'sampled', action: 'reject' });
  assert.deepEqual(decide(0.1, '1'), { rule: 'later', action: 'defer' });
  assert.deepEqual(decide(0.1, '2'), { rule: 'accept_everything', action: 'accept' });
  assert.deepEqual(decide(0.5), { rule: 'accept_everything', action: 'accept' });
});

test('rules that cannot be understood are told with their place', () => {
  const wrong = (raw: unknown) => {
    const checked = checkThrottleRules(raw);
    return checked.ok ? 'ok' : checked.wrong;
  };
  const rule = (condition: unknown, then: unknown = 'reject') => [{ name: 'r', if: condition, then }];
  assert.equal(wrong('x'), 'is not a list of rules');
  assert.equal(wrong([]), 'ok');
  assert.equal(wrong(rule({ field: 'a', startsWith: 'x' })), 'ok');
  assert.match(wrong([7]), /rule 1 is not an object/);
  assert.match(wrong([{ name: 'a b', if: { always: true }, then: 'accept' }]), /rule 1 has no name/);
  assert.match(wrong([...rule({ always: true }), ...rule({ always: true })]), /rule 2 has the same name/);
  assert.match(wrong(rule({ field: 'a' })), /asks nothing of "a"/);
  assert.match(wrong(rule({ field: 'a', equal: 'x' })), /not understood: "equal"/);
  assert.match(wrong(rule({ field: 'a', matches: '(' })), /"matches" is not a regular expression/);
  assert.match(wrong(rule({ field: 'a', oneOf: [] })), /"oneOf" is not a list of texts/);
  assert.match(wrong(rule({ all: [{ not: {} }] })), /"if".all\[0\].not has none of/);
  assert.match(wrong(rule({ always: false })), /"always" stands alone/);
  assert.match(wrong(rule({ always: true }, 'drop')), /"then" is none of/);
  assert.match(
    wrong(rule({ always: true }, { percent: 101, within: 'accept', beyond: 'reject' })),
    /"percent"/,
  );
  let deep: unknown = { always: true };
  for (let i = 0; i < 100; i += 1) deep = { not: deep };
  assert.match(wrong(rule(deep)), /nested too deeply/);
});

test('the start of a list may be one text', () => {
  const checked = checkThrottleRules([{ name: 'r', if: { field: 'a', startsWith: 'x' }, then: 'reject' }]);
  assert.ok(checked.ok);
  assert.equal(createThrottle(checked.value)([{ key: 'a', value: 'xy' }], NOW).action, 'reject');
});

function mozillaRules(): readonly ThrottleRule[] {
  const checked = checkThrottleRules(
    JSON.parse(readFileSync('docs/examples/mozilla-throttle-rules.json', 'utf8')),
  );
  assert.ok(checked.ok, checked.ok ? '' : checked.wrong);
  return checked.value;
}

// Holds: rejection-rules
test('the shipped example of rules is understood', () => {
  const throttle = createThrottle(mozillaRules(), () => 0.5);
  const decide = (values: Readonly<Record<string, string>>) =>
    throttle(
      Object.entries(values).map(([key, value]) => ({ key, value })),
      NOW,
    );
  assert.deepEqual(decide({ ProductName: 'Firefox', ReleaseChannel: 'release' }), {
    rule: 'is_firefox_desktop',
    action: 'reject',
  });
  assert.equal(decide({ ProductName: 'Editor' }).rule, 'unsupported_product');
  assert.equal(decide({ ProductName: 'B2G' }).action, 'fake_accept');
  assert.equal(decide({ ProductName: 'Firefox', BuildID: '20200101000000' }).rule, 'has_old_buildid');
});

interface Vector {
  readonly id: string;
  readonly input: {
    readonly op: 'condition' | 'throttle';
    readonly rule?: string;
    readonly annotations: Readonly<Record<string, string | null | { readonly daysAgo: number }>>;
    readonly products?: 'all' | 'mozilla';
    readonly packageNames?: 'all' | 'mozilla';
    readonly random?: number;
    readonly now?: string;
  };
  readonly expected: boolean | { readonly result: string; readonly rule: string };
}

const vectors = sharedData('vectors', 'throttle-mozilla.json');
const lists = sharedData('vectors', 'lists', 'mozilla-throttle-rules.json');

test(
  "Mozilla's own cases hold for the shipped example",
  { skip: vectors === null ? SHARED_ABSENT : false },
  () => {
    const { cases } = JSON.parse(readFileSync(vectors ?? '', 'utf8')) as {
      readonly cases: readonly Vector[];
    };
    assert.ok(cases.length > 0);
    for (const { id, input, expected } of cases) {
      const now = input.now === undefined ? Date.now() : Date.parse(input.now);
      const values = Object.entries(input.annotations).map(([key, value]) => ({
        key,
        value: annotationText(value, now),
      }));
      if (input.op === 'condition') {
        const name = (input.rule ?? '').split(' ')[0] ?? '';
        // The vectors name one half of a rule by itself; its other half asks for Firefox on the channel esr.
        const half = name === 'unsupported_windows';
        const rule = mozillaRules().find(
          (one) => one.name === (half ? 'is_firefox_esr_unsupported_windows' : name),
        );
        assert.ok(rule !== undefined, name);
        const given = new Map(values.map(({ key, value }) => [key, value]));
        if (half) given.set('ProductName', 'Firefox').set('ReleaseChannel', 'esr');
        assert.equal(compileCondition(rule.if)(given, now), expected, id);
        continue;
      }
      const left = new Set([
        ...(input.products === 'all' ? ['unsupported_product'] : []),
        ...(input.packageNames === 'all' ? ['unsupported_packagename'] : []),
      ]);
      const rules = mozillaRules().filter(({ name }) => !left.has(name));
      const decided = createThrottle(rules, () => input.random ?? 0.5)(values, now);
      const { result, rule } = expected as { readonly result: string; readonly rule: string };
      const action = { ACCEPT: 'accept', DEFER: 'defer', REJECT: 'reject', FAKEACCEPT: 'fake_accept' }[
        result
      ];
      assert.deepEqual(decided, { rule, action }, id);
    }
  },
);

function annotationText(value: string | null | { readonly daysAgo: number }, now: number): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return value;
  const day = new Date(now - value.daysAgo * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  return `${day}000000`;
}

test(
  'the shipped example has the rules of the public ruleset in its order',
  { skip: lists === null ? SHARED_ABSENT : false },
  () => {
    const { rules } = JSON.parse(readFileSync(lists ?? '', 'utf8')) as {
      readonly rules: readonly { readonly name: string; readonly result: unknown }[];
    };
    assert.deepEqual(
      mozillaRules().map(({ name }) => name),
      rules.map(({ name }) => name),
    );
  },
);
