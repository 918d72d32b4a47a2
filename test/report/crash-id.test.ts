// Crash ids: their form, and what their digits tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { dayOfCrashId, isCrashId, newCrashId } from '../../src/report/crash-id.ts';
import { sharedData, SHARED_ABSENT } from '../shared-data.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
/** A whole number of spans. */
const MOMENT = NOON - (NOON % 16);

test('a fresh id has the form of Socorro for every moment until 2100', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) - 1 }),
      fc.constantFrom(0 as const, 1 as const),
      (atMs, digit) => {
        const id = newCrashId(digit, atMs);
        assert.ok(isCrashId(id), id);
        assert.equal(id.at(-7), String(digit));
        assert.equal(dayOfCrashId(id), new Date(atMs).toISOString().slice(0, 10).replaceAll('-', ''));
      },
    ),
  );
});

test('a fractional moment gives a whole id', () => {
  assert.ok(isCrashId(newCrashId(0, NOON + 0.25)));
});

test('ids of one moment begin alike and are different', () => {
  const ids = Array.from({ length: 1000 }, (_, number) => newCrashId(0, MOMENT + (number % 16)));
  assert.equal(new Set(ids.map((id) => id.slice(0, 6))).size, 1);
  assert.equal(new Set(ids).size, ids.length);
});

test('ids of the moments of three days begin differently', () => {
  const moments = 200_000;
  const heads = new Set(
    Array.from({ length: moments }, (_, number) => newCrashId(0, MOMENT + number * 16).slice(0, 6)),
  );
  assert.ok(heads.size > moments * 0.99, `${heads.size} of ${moments}`);
});

interface CrashIdVector {
  readonly id: string;
  readonly input: { readonly op: string; readonly value: string; readonly strict?: boolean };
  readonly expected: unknown;
}

const vectorFile = sharedData('vectors', 'crash-id.json');

test(
  'ids are valid, and tell their day, as Socorro’s do',
  { skip: vectorFile === null && SHARED_ABSENT },
  () => {
    const { cases } = JSON.parse(readFileSync(vectorFile ?? '', 'utf8')) as { cases: CrashIdVector[] };
    // On purpose otherwise: a day that does not exist makes no id, and no id of ours has a digit that says nothing.
    const stricter = new Set([
      '00000000-0000-0000-0000-000000000000',
      'de1bb258-cbbf-4589-a673-34f802160918',
    ]);
    let seen = 0;
    for (const { id, input, expected } of cases) {
      if (input.op === 'validate') {
        seen += 1;
        assert.equal(isCrashId(input.value), expected === true && !stricter.has(input.value), id);
      } else if (input.op === 'date' || input.op === 'date-strict') {
        seen += 1;
        assert.equal(dayOfCrashId(input.value), expected, id);
      }
    }
    assert.ok(seen >= 9, `${seen} vectors`);
  },
);
