import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addOccurrence, type BugSummary, isoWeek } from '../../../src/process/crashkit/bug-summary.ts';
import type { CrashKitOccurrence } from '../../../src/process/crashkit/understood-occurrence.ts';
import { understandPayload } from '../../../src/process/crashkit/understand.ts';

function occurrence(item: Record<string, unknown>): CrashKitOccurrence {
  const { occurrences } = understandPayload([
    { exceptions: [{ name: 'E', message: item['message'] ?? '', locations: [] }], ...item },
  ]);
  assert.ok(occurrences[0] !== undefined);
  return occurrences[0];
}

describe('the summary of a bug', () => {
  it('shows the shortest message and path, all roles, the highest severity, first and last day', () => {
    const items: readonly [Record<string, unknown>, string][] = [
      [{ message: 'long message', env: { PATH_INFO: '/a/b' }, role: 'tester' }, '2026-01-05'],
      [{ message: '', env: { PATH_INFO: '/a' }, severity: 'major', count: 3 }, '2026-01-02'],
      [{ message: 'short', role: 'customer' }, '2026-01-03'],
    ];
    const bug = items.reduce<BugSummary | null>(
      (sum, [item, day]) => addOccurrence(sum, occurrence(item), day),
      null,
    );
    assert.deepEqual(bug, {
      count: 5,
      message: 'short',
      requestPath: '/a',
      roles: ['customer', 'tester'],
      severity: 'major',
      firstDay: '2026-01-02',
      lastDay: '2026-01-05',
      weeks: [
        { week: 202601, count: 4, daily: [0, 0, 0, 0, 3, 1, 0] },
        { week: 202602, count: 1, daily: [1, 0, 0, 0, 0, 0, 0] },
      ],
    });
  });

  it('counts the same in any order', () => {
    const day = fc
      .date({ min: new Date('2020-01-01'), max: new Date('2030-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(fc.array(fc.tuple(day, fc.integer({ min: 1, max: 9 })), { minLength: 1 }), (items) => {
        const fold = (list: typeof items): BugSummary | null =>
          list.reduce<BugSummary | null>(
            (sum, [when, count]) => addOccurrence(sum, occurrence({ count }), when),
            null,
          );
        const bug = fold(items);
        assert.deepEqual(fold(items.toReversed()), bug);
        const total = items.reduce((sum, [, count]) => sum + count, 0);
        assert.equal(bug?.count, total);
        assert.equal(
          bug.weeks.reduce((sum, { count }) => sum + count, 0),
          total,
        );
        assert.equal(
          bug.weeks.flatMap(({ daily }) => daily).reduce((sum, count) => sum + count, 0),
          total,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('knows the weeks around the turn of a year', () => {
    assert.deepEqual(isoWeek('2026-11-20'), { week: 202647, weekday: 5 });
    assert.deepEqual(isoWeek('2027-01-01'), { week: 202653, weekday: 5 });
    assert.deepEqual(isoWeek('2024-12-30'), { week: 202501, weekday: 1 });
    assert.deepEqual(isoWeek('2023-01-01'), { week: 202252, weekday: 7 });
  });
});
