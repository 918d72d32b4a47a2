// The rules of alerts as pure functions: windows, rises, shares, the states of a rule, quiet hours of a time zone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NEVER_FIRED, advanceRule } from '../../src/alerts/advance-rule.ts';
import { isQuiet, isTimeZone } from '../../src/alerts/alert-quiet-hours.ts';
import { conditionWords, findingWords } from '../../src/alerts/alert-words.ts';
import { latestMoment, momentsBetween, stepMinutes } from '../../src/alerts/moments.ts';
import { bugReadings, countReadings, crashFreeReading, ripeBug } from '../../src/alerts/readings.ts';
import type { Reading } from '../../src/alerts/readings.ts';
import { INSTALLATIONS } from '../../src/search/engine/count-timeline.ts';
import type { Timeline } from '../../src/search/engine/count-timeline.ts';
import type {
  AlertCondition,
  AlertFinding,
  AlertQuietHours,
  AlertRuleFields,
  AlertState,
} from '../../src/store/alerts.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 18, 12);

interface Arrival {
  readonly minute: number;
  readonly installation: number;
}

function timelineOf(arrivals: readonly Arrival[], complete = true): Timeline {
  const counts = new Map<number, number>();
  for (const { minute } of arrivals) counts.set(minute, (counts.get(minute) ?? 0) + 1);
  const minutes = Float64Array.from(counts.keys()).sort();
  const pairs = new Set(arrivals.map(({ minute, installation }) => minute * INSTALLATIONS + installation));
  return {
    minutes,
    crashes: minutes.map((minute) => counts.get(minute) ?? 0),
    installations: Float64Array.from(pairs).sort(),
    complete,
  };
}

describe('counts in a window', () => {
  const arrivals = fc.array(
    fc.record({ minute: fc.integer({ min: 0, max: 60 }), installation: fc.integer({ min: 0, max: 6 }) }),
    { maxLength: 60 },
  );
  const inWindow = (all: readonly Arrival[], moment: number, minutes: number): readonly Arrival[] =>
    all.filter(({ minute }) => minute >= moment - minutes && minute < moment);

  test('are those of the minutes before the moment, whatever arrives', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 30 }), (all, minutes) => {
        const moments = Array.from({ length: 70 }, (_, moment) => moment);
        const timeline = timelineOf(all);
        const crashes = countReadings({ kind: 'crashes', atLeast: 2, minutes }, timeline, moments);
        const devices = countReadings({ kind: 'installations', atLeast: 2, minutes }, timeline, moments);
        for (const moment of moments) {
          const window = inWindow(all, moment, minutes);
          const different = new Set(window.map(({ installation }) => installation)).size;
          assert.equal(crashes[moment]?.value, window.length);
          assert.equal(crashes[moment]?.holds, window.length >= 2);
          assert.equal(devices[moment]?.value, different);
        }
      }),
    );
  });

  test('rise against the equal time before, and by percent', () => {
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 300 }),
        (all, minutes, percent) => {
          const condition = { kind: 'rise', of: 'installations', percent, atLeast: 2, minutes } as const;
          const moments = Array.from({ length: 70 }, (_, moment) => moment);
          const readings = countReadings(condition, timelineOf(all), moments);
          for (const moment of moments) {
            const count = new Set(inWindow(all, moment, minutes).map(({ installation }) => installation))
              .size;
            const before = new Set(
              inWindow(all, moment - minutes, minutes).map(({ installation }) => installation),
            ).size;
            const reading = readings[moment];
            assert.deepEqual([reading?.count, reading?.before], [count, before]);
            assert.equal(reading?.holds, count >= 2 && 100 * count >= before * (100 + percent));
          }
        },
      ),
    );
  });

  test('that are not complete are at least so many, and say nothing of a rise', () => {
    const timeline = timelineOf([{ minute: 1, installation: 1 }], false);
    const [crashes] = countReadings({ kind: 'crashes', atLeast: 1, minutes: 5 }, timeline, [2]);
    assert.deepEqual([crashes?.holds, crashes?.complete], [true, false]);
    const rise = { kind: 'rise', of: 'crashes', percent: 50, atLeast: 1, minutes: 5 } as const;
    assert.equal(countReadings(rise, timeline, [2])[0]?.holds, false);
  });
});

test('a rule looks every minute, and more seldom with a long window', () => {
  const crashes = (minutes: number): AlertCondition => ({ kind: 'crashes', atLeast: 1, minutes });
  assert.deepEqual(
    [5, 60, 61, 1440, 1441, 40_320].map((minutes) => stepMinutes(crashes(minutes))),
    [1, 1, 5, 5, 60, 60],
  );
  const at = NOON + 7 * MINUTE + 30_000;
  assert.equal(latestMoment(crashes(60), at), NOON + 7 * MINUTE);
  assert.equal(latestMoment(crashes(600), at), NOON + 5 * MINUTE);
  assert.deepEqual(
    momentsBetween(crashes(600), NOON, NOON + 16 * MINUTE).map((moment) => moment * MINUTE - NOON),
    [5 * MINUTE, 10 * MINUTE, 15 * MINUTE],
  );
});

test('a share without a crash is that of the worst release with enough users, day by day', () => {
  const day = (release: string, date: string, users: number, crashedUsers: number) => ({
    ...{ day: date, release, environment: 'production', sessions: 10 * users, crashed: crashedUsers },
    ...{ errored: 0, unhandled: 0, abnormal: 0, users, crashedUsers },
  });
  const sessions = [
    {
      product: 'Piano',
      days: [
        day('2.0', '2026-11-18', 200, 1),
        day('2.1', '2026-11-18', 100, 4),
        day('2.1', '2026-11-17', 100, 0),
        day('2.2', '2026-11-18', 10, 9),
      ],
    },
  ];
  const noon = NOON / MINUTE;
  const of = (fields: object): Reading =>
    crashFreeReading(
      { kind: 'crash_free', of: 'users', below: 99, atLeast: 50, days: 1, release: null, ...fields },
      sessions,
      noon,
    );
  assert.deepEqual([of({}).release, of({}).value, of({}).count, of({}).holds], ['2.1', 96, 100, true]);
  assert.deepEqual([of({ days: 2 }).value, of({ days: 2 }).count], [98, 200]);
  assert.equal(of({ release: '2.0' }).holds, false);
  assert.equal(of({ atLeast: 500 }).holds, false);
  assert.deepEqual([of({ of: 'sessions' }).release, of({ of: 'sessions' }).value], ['2.2', 91]);
  // At midnight the day that ended counts, not the one that begins.
  const midnight = crashFreeReading(
    { kind: 'crash_free', of: 'users', below: 99, atLeast: 50, days: 1, release: '2.1' },
    sessions,
    Date.UTC(2026, 10, 18) / MINUTE,
  );
  assert.deepEqual([midnight.value, midnight.holds], [100, false]);
});

test('a bug is told when a crash of it matches, and not before it was there', () => {
  const happening = { bugId: 7, event: 'new', at: NOON } as const;
  assert.equal(ripeBug(happening, null), null);
  assert.deepEqual(ripeBug(happening, NOON - MINUTE), { id: 7, event: 'new', at: NOON });
  const ripe = [{ id: 7, event: 'new', at: NOON + 90_000 }] as const;
  const moments = [1, 2, 3].map((minute) => NOON / MINUTE + minute);
  const condition = { kind: 'bugs', fresh: true, regressed: false } as const;
  const found = bugReadings(condition, ripe, { from: NOON, moments });
  assert.deepEqual(
    found.map(({ value }) => value),
    [0, 1, 0],
  );
  const regressed = bugReadings({ ...condition, fresh: false, regressed: true }, ripe, {
    from: NOON,
    moments,
  });
  assert.deepEqual(
    regressed.map(({ holds }) => holds),
    [false, false, false],
  );
});

type Rule = Pick<AlertRuleFields, 'condition' | 'everyMinutes' | 'tellsEnd' | 'quiet' | 'mutedUntil'>;
const RULE: Rule = {
  condition: { kind: 'crashes', atLeast: 5, minutes: 10 },
  everyMinutes: 60,
  tellsEnd: false,
  quiet: null,
  mutedUntil: null,
};

/** Readings a minute apart, each a count. */
function counts(values: readonly number[], from = NOON): readonly Reading[] {
  return values.map((value, index) => ({
    ...{ at: from + index * MINUTE, holds: value >= 5, value, limit: 5, count: value },
    ...{ before: null, release: null, complete: true, bugs: [] },
  }));
}

interface Ran {
  /** Minutes since the first reading, with what happened. */
  readonly log: readonly string[];
  readonly told: readonly string[];
  readonly state: AlertState;
}

/** Goes through readings as the evaluation does. */
function run(rule: Partial<Rule>, readings: readonly Reading[]): Ran {
  const start = readings[0]?.at ?? 0;
  const minute = (at: number): number => (at - start) / MINUTE;
  let [state, rest] = [NEVER_FIRED, readings];
  const [log, told]: [string[], string[]] = [[], []];
  while (rest.length > 0) {
    const step = advanceRule({ ...RULE, ...rule }, state, rest);
    log.push(
      ...step.findings.map(({ finding, outcome }) => `${minute(finding.at)} ${finding.what} ${outcome}`),
    );
    if (step.told !== null) {
      const said = step.told.findings.map(({ at, what }) => `${what} ${minute(at)}`).join(', ');
      told.push(`${minute(step.told.at)}: ${said}${step.told.more === 0 ? '' : ` and ${step.told.more}`}`);
    }
    [state, rest] = [step.state, rest.slice(step.used)];
  }
  return { log, told, state };
}

describe('a rule', () => {
  test('fires when its condition begins to hold, and not again while it goes on', () => {
    const { told, state } = run({}, counts([1, 5, 9, 9, 2]));
    assert.deepEqual(told, ['1: fired 1']);
    assert.equal(state.since, null);
  });

  test('fires again after its time where the condition goes on, and at once where it comes back later', () => {
    assert.deepEqual(run({ everyMinutes: 3 }, counts([5, 5, 5, 5, 5])).told, ['0: fired 0', '3: fired 3']);
    assert.deepEqual(run({ everyMinutes: 3 }, counts([5, 0, 0, 0, 5])).told, ['0: fired 0', '4: fired 4']);
  });

  test('fires once however often the condition comes and goes within its time', () => {
    const { log, told } = run({}, counts([5, 0, 5, 0, 5, 0]));
    assert.deepEqual(told, ['0: fired 0']);
    assert.deepEqual(log, ['0 fired told', '1 ended logged']);
  });

  test('tells the end where that is wanted, and the end of nothing that was not told', () => {
    assert.deepEqual(run({ tellsEnd: true }, counts([5, 5, 0])).told, ['0: fired 0', '2: ended 2']);
    const muted = run({ tellsEnd: true, mutedUntil: NOON + MINUTE }, counts([5, 5, 0]));
    assert.deepEqual([muted.told, muted.log], [[], ['0 fired muted', '2 ended logged']]);
  });

  test('tells what fired in quiet hours afterwards in one message, or logs it, as it says', () => {
    const quiet: AlertQuietHours = { from: 12, to: 13, zone: 'UTC', then: 'hold' };
    const readings = counts(Array.from({ length: 63 }, (_, minute) => (minute % 20 === 0 ? 5 : 0)));
    const held = run({ quiet, everyMinutes: 5 }, readings);
    assert.deepEqual(held.told, ['60: fired 0, fired 20, fired 40, fired 60']);
    const dropped = run({ quiet: { ...quiet, then: 'drop' }, everyMinutes: 5 }, readings);
    assert.deepEqual(dropped.told, ['60: fired 60']);
    assert.equal(dropped.log.filter((line) => line.endsWith('fired logged')).length, 3);
  });

  test('of bugs gathers what comes faster than its time into one message', () => {
    const readings = counts([1, 0, 1, 1, 0, 0]).map((reading) =>
      Object.assign(reading, { holds: reading.value > 0 }),
    );
    const rule = { condition: { kind: 'bugs', fresh: true, regressed: true }, everyMinutes: 4 } as const;
    assert.deepEqual(run(rule, readings).told, ['0: fired 0', '4: fired 2, fired 3']);
  });

  test('keeps a bounded number of what waits', () => {
    const quiet: AlertQuietHours = { from: 12, to: 14, zone: 'UTC', then: 'hold' };
    const { told } = run({ quiet, everyMinutes: 1 }, counts(Array.from({ length: 121 }, () => 5)));
    assert.match(told[0] ?? '', /^120: fired 71, .* and 71$/);
  });

  test('ends where it began, however its readings are cut into pieces', () => {
    const quiet: AlertQuietHours = { from: 12, to: 13, zone: 'UTC', then: 'hold' };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 90 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
        fc.boolean(),
        fc.constantFrom('crashes', 'bugs'),
        (values, cuts, tellsEnd, kind) => {
          const condition: AlertCondition =
            kind === 'bugs' ? { kind, fresh: true, regressed: true } : RULE.condition;
          const rule = { ...RULE, condition, quiet, everyMinutes: 7, tellsEnd };
          const readings = counts(values);
          let [state, rest] = [NEVER_FIRED, readings];
          const told: unknown[] = [];
          for (let turn = 0; rest.length > 0; turn += 1) {
            let piece = rest.slice(0, cuts[turn % cuts.length]);
            rest = rest.slice(piece.length);
            while (piece.length > 0) {
              // As it is kept: written down and read back.
              const step = advanceRule(rule, JSON.parse(JSON.stringify(state)) as AlertState, piece);
              if (step.told !== null) told.push(step.told);
              [state, piece] = [step.state, piece.slice(step.used)];
            }
          }
          const whole: unknown[] = [];
          let [one, left] = [NEVER_FIRED, readings];
          while (left.length > 0) {
            const step = advanceRule(rule, one, left);
            if (step.told !== null) whole.push(step.told);
            [one, left] = [step.state, left.slice(step.used)];
          }
          assert.deepEqual([told, state], [whole, one]);
        },
      ),
    );
  });
});

describe('quiet hours', () => {
  const berlin = (from: number, to: number): AlertQuietHours => ({
    from,
    to,
    zone: 'Europe/Berlin',
    then: 'hold',
  });

  test('go by the clock of their zone, also over midnight', () => {
    // 21:30 UTC is 22:30 in Berlin in winter.
    assert.equal(isQuiet(berlin(22, 7), Date.UTC(2026, 0, 10, 21, 30)), true);
    assert.equal(isQuiet(berlin(22, 7), Date.UTC(2026, 0, 10, 20, 30)), false);
    assert.equal(isQuiet(berlin(22, 7), Date.UTC(2026, 0, 11, 5, 59)), true);
    assert.equal(isQuiet(berlin(22, 7), Date.UTC(2026, 0, 11, 6, 0)), false);
  });

  test('end at the same clock time when summer time begins and when it ends', () => {
    // 2026-03-29, 02:00 CET becomes 03:00 CEST; 2026-10-25, 03:00 CEST becomes 02:00 CET.
    for (const [day, end] of [
      [Date.UTC(2026, 2, 28), Date.UTC(2026, 2, 28, 6)],
      [Date.UTC(2026, 2, 29), Date.UTC(2026, 2, 29, 5)],
      [Date.UTC(2026, 9, 24), Date.UTC(2026, 9, 24, 5)],
      [Date.UTC(2026, 9, 25), Date.UTC(2026, 9, 25, 6)],
    ] as const) {
      const quiet = Array.from({ length: 24 * 60 }, (_, minute) => day + minute * MINUTE).filter((at) =>
        isQuiet(berlin(22, 7), at),
      );
      assert.equal(
        quiet.find((at) => !isQuiet(berlin(22, 7), at + MINUTE)),
        end - MINUTE,
      );
    }
    // The hour that is skipped is never, the one that comes twice is quiet twice.
    const minutesOf = (day: number): number =>
      Array.from({ length: 24 * 60 }, (_, minute) => day + minute * MINUTE).filter((at) =>
        isQuiet(berlin(2, 3), at),
      ).length;
    assert.deepEqual([minutesOf(Date.UTC(2026, 2, 29)), minutesOf(Date.UTC(2026, 9, 25))], [0, 120]);
  });

  test('have zones that exist, half hours among them', () => {
    assert.deepEqual(['Europe/Berlin', 'UTC', 'Asia/Kolkata', 'Mars/Olympus', ''].map(isTimeZone), [
      true,
      true,
      true,
      false,
      false,
    ]);
    const kolkata: AlertQuietHours = { from: 6, to: 7, zone: 'Asia/Kolkata', then: 'drop' };
    assert.equal(isQuiet(kolkata, Date.UTC(2026, 0, 10, 0, 30)), true);
    assert.equal(isQuiet(kolkata, Date.UTC(2026, 0, 10, 0, 29)), false);
    assert.equal(isQuiet(null, NOON), false);
  });
});

test('conditions and findings are said in words', () => {
  const finding: AlertFinding = {
    ...{
      at: NOON,
      what: 'fired' as const,
      value: 12,
      limit: 10,
      count: 12,
      before: 3,
      release: null,
      complete: true,
    },
    bugs: [],
  };
  const said = (condition: AlertCondition, fields: object = {}): readonly string[] => [
    conditionWords(condition),
    findingWords(condition, { ...finding, ...fields }),
  ];
  assert.deepEqual(said({ kind: 'installations', atLeast: 1, minutes: 90 }), [
    'at least 1 installation in 90 minutes',
    '12 installations in 90 minutes until 2026-11-18 12:00 UTC (limit 10)',
  ]);
  assert.deepEqual(said({ kind: 'rise', of: 'crashes', percent: 100, atLeast: 10, minutes: 1440 }), [
    '100 % more crashes in 1 day than in the 1 day before, and at least 10',
    '12 crashes in 1 day until 2026-11-18 12:00 UTC, 3 in the same time before (limit 10)',
  ]);
  assert.deepEqual(
    said(
      { kind: 'crash_free', of: 'users', below: 99.5, atLeast: 100, days: 1, release: null },
      { value: 98.7654, count: 2000, release: '2.1', limit: 99.5 },
    ),
    [
      'less than 99.5 % crash-free users of any release in 1 day, of at least 100',
      '98.76 % of 2000 users of release 2.1 crash-free until 2026-11-18 12:00 UTC (limit 99.5 %)',
    ],
  );
  assert.deepEqual(
    said(
      { kind: 'bugs', fresh: true, regressed: true },
      {
        value: 2,
        bugs: [
          { id: 1, event: 'new' },
          { id: 2, event: 'regressed' },
        ],
      },
    ),
    ['a new bug or a regressed bug', '2 bugs until 2026-11-18 12:00 UTC: 1 new, 1 regressed'],
  );
});
