// When dumps and annotations go, by a clock that is given.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_DATA_RULES, type DataRules } from '../../src/report/privacy/data-rules.ts';
import { annotationsAreOver, dumpFate, type DumpHolder } from '../../src/store/filing/dump-fate.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);

function fate(
  holder: Partial<DumpHolder>,
  rules: Partial<DataRules>,
  now = NOW,
  held = new Map<number, number>(),
) {
  return dumpFate(
    { state: 'processed', pinned: false, receivedAt: NOW, lacksSymbols: false, bugs: [1], ...holder },
    { ...DEFAULT_DATA_RULES, ...rules },
    { now, held },
  );
}

describe('a dump', () => {
  test('stays where the product keeps all, where it is pinned, and while it waits to be processed', () => {
    assert.equal(fate({}, { dumps: 'all' }, NOW + 9999 * DAY_MS), null);
    for (const holder of [{ pinned: true }, { state: 'queued' }] as const)
      assert.equal(fate(holder, { dumps: 'stacks', dumpDays: 1 }, NOW + 9999 * DAY_MS), null);
  });

  test('goes with only stacks as soon as it was walked, or after its days to the millisecond', () => {
    const rules = { dumps: 'stacks', dumpDays: 7 } as const;
    assert.equal(fate({}, rules), 'walked');
    assert.equal(fate({ lacksSymbols: true }, rules, NOW + 7 * DAY_MS), null);
    assert.equal(fate({ lacksSymbols: true }, rules, NOW + 7 * DAY_MS + 1), 'days');
    for (const state of ['failed', 'deferred'] as const) {
      assert.equal(fate({ state }, rules), null);
      assert.equal(fate({ state }, rules, NOW + 8 * DAY_MS), 'days');
    }
    assert.equal(fate({ lacksSymbols: true }, { ...rules, dumpDays: null }, NOW + 9999 * DAY_MS), null);
  });

  test('stays for each bug until newer reports of all its bugs have enough', () => {
    const rules = { dumps: 'newest', dumpsOfBug: 1 } as const;
    const held = new Map<number, number>();
    assert.equal(fate({ bugs: [1] }, rules, NOW, held), null);
    assert.equal(fate({ bugs: [1] }, rules, NOW, held), 'newest');
    assert.equal(fate({ bugs: [1, 2] }, rules, NOW, held), null, 'the other bug has none yet');
    assert.equal(fate({ bugs: [2] }, rules, NOW, held), 'newest');
    assert.equal(fate({ bugs: [] }, rules, NOW, held), null);
    assert.equal(fate({ state: 'failed', bugs: [1] }, rules, NOW, held), null);
  });
});

test('annotations go after their days, but not from a report that is pinned or waits', () => {
  const over = (holder: Partial<DumpHolder>, protectedDays: number | null, now: number): boolean =>
    annotationsAreOver(
      { state: 'processed', pinned: false, receivedAt: NOW, ...holder },
      { ...DEFAULT_DATA_RULES, protectedDays },
      now,
    );
  assert.equal(over({}, 2, NOW + 2 * DAY_MS), false);
  assert.equal(over({}, 2, NOW + 2 * DAY_MS + 1), true);
  assert.equal(over({}, null, NOW + 9999 * DAY_MS), false);
  assert.equal(over({ pinned: true }, 2, NOW + 9 * DAY_MS), false);
  assert.equal(over({ state: 'queued' }, 2, NOW + 9 * DAY_MS), false);
});
