// What the statistics of releases, trends and correlations promise, held by simulations with fixed seeds: where nothing changed they say
// nothing, and what changed they find as far as the numbers allow.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { associationP } from '../../../src/search/statistics/association.ts';
import { compareBugs } from '../../../src/search/statistics/compare-bugs.ts';
import type { BugCounts } from '../../../src/search/statistics/compare-bugs.ts';
import { binomialAtLeast, binomialAtMost } from '../../../src/search/statistics/distributions.ts';
import { significant } from '../../../src/search/statistics/false-discovery.ts';
import { risesOf, spikeOf, TREND_DAYS } from '../../../src/search/statistics/trend.ts';
import { Seeded } from './seeded.ts';

const BUGS = 2000;
const EXPOSURE = { base: 20_000, new: 12_000 };

/** Installations that have each bug, by Zipf's law: most bugs are tiny. */
function rateOf(bug: number): number {
  return 0.05 / (bug + 1);
}

function release(random: Seeded, size: number, change: (bug: number) => number): readonly number[] {
  return Array.from({ length: BUGS }, (_, bug) => random.poisson(size * rateOf(bug) * change(bug)));
}

function counts(base: readonly number[], now: readonly number[]): readonly BugCounts[] {
  return base.map((value, bug) => ({ base: value, new: now[bug] ?? 0, known: true }));
}

/** Crashes: a few installations crash over and over. */
function crashesOf(random: Seeded, installations: number): number {
  let crashes = 0;
  for (let at = 0; at < installations; at += 1) crashes += 1 + Math.floor((1 - random.next()) ** -1.2 - 1);
  return crashes;
}

describe('comparing releases', () => {
  it('finds no change where there is none, and would find hundreds if it counted crashes', () => {
    let alarms = 0;
    let byCrashes = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = new Seeded(seed);
      const base = release(random, EXPOSURE.base, () => 1);
      const now = release(random, EXPOSURE.new, () => 1);
      for (const { verdict } of compareBugs(counts(base, now), EXPOSURE)) {
        if (verdict === 'worse' || verdict === 'better') alarms += 1;
      }
      if (seed > 3) continue;
      const share = EXPOSURE.new / (EXPOSURE.base + EXPOSURE.new);
      const ps = base.map((value, bug) => {
        const crashes = [crashesOf(random, value), crashesOf(random, now[bug] ?? 0)] as const;
        const all = crashes[0] + crashes[1];
        if (all > 100_000) return 1;
        return 2 * Math.min(binomialAtMost(crashes[1], all, share), binomialAtLeast(crashes[1], all, share));
      });
      byCrashes += significant(ps, 0.05).filter(Boolean).length;
    }
    assert.ok(alarms <= 1, `${alarms} false alarms in 20 comparisons`);
    assert.ok(byCrashes > 300, `counting crashes gives ${byCrashes} in three comparisons`);
  });

  it('finds bugs that became two and a half times as frequent wherever the numbers allow it', () => {
    let found = 0;
    let large = 0;
    let foundLarge = 0;
    let wrong = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = new Seeded(100 + seed);
      const isWorse = (bug: number): boolean => bug % 10 === 3;
      const base = release(random, EXPOSURE.base, () => 1);
      const now = release(random, EXPOSURE.new, (bug) => (isWorse(bug) ? 2.5 : 1));
      for (const [bug, { verdict, ratio, interval }] of compareBugs(counts(base, now), EXPOSURE).entries()) {
        const said = verdict === 'worse';
        const isLarge = rateOf(bug) * EXPOSURE.new > 30;
        if (isWorse(bug)) {
          if (isLarge) large += 1;
          if (said) found += 1;
          if (said && isLarge) foundLarge += 1;
          if (said) assert.ok((ratio ?? Infinity) >= 1.5 && interval.low > 1);
        } else if (said || verdict === 'better') wrong += 1;
      }
    }
    assert.equal(foundLarge, large, 'all that have many installations');
    assert.ok(large >= 10 && found > 30, `${found} found, ${large} of them large`);
    assert.ok(wrong <= found * 0.1, `${wrong} wrong beside ${found} right ones`);
  });

  it('calls new only what no older version showed, and gone only what was surely expected', () => {
    const [fresh, known, gone, rare] = compareBugs(
      [
        { base: 0, new: 12, known: false },
        { base: 0, new: 2, known: true },
        { base: 30, new: 0, known: true },
        { base: 3, new: 0, known: true },
      ],
      { base: 1000, new: 1000 },
    );
    assert.deepEqual([fresh?.verdict, fresh?.sure], ['new', true]);
    assert.equal(known?.verdict, 'too_few');
    assert.equal(gone?.verdict, 'gone');
    // Three were expected, but three are few: one in eight such bugs would not have come by chance.
    assert.equal(rare?.verdict, 'too_few');
    const [unsure] = compareBugs([{ base: 0, new: 1, known: false }], { base: 1000, new: 1000 });
    assert.deepEqual([unsure?.verdict, unsure?.sure], ['new', false]);
  });

  it('says how many installations are needed, and with so many it can tell', () => {
    const exposure = { base: 5000, new: 400 };
    const bug = { base: 20, new: 4, known: true };
    const [early] = compareBugs([bug], exposure);
    assert.equal(early?.verdict, 'too_few');
    const needed = early?.needed ?? 0;
    assert.ok(needed > 400, `${needed}`);
    const [later] = compareBugs([{ ...bug, new: Math.round((bug.new * needed) / 400) }], {
      ...exposure,
      new: needed,
    });
    assert.equal(later?.verdict, 'worse');
  });

  it('calls the same only what cannot have changed by half', () => {
    const [many, few] = compareBugs(
      [
        { base: 500, new: 510, known: true },
        { base: 10, new: 10, known: true },
      ],
      { base: 10_000, new: 10_000 },
    );
    assert.equal(many?.verdict, 'same');
    assert.equal(few?.verdict, 'too_few');
  });

  it('says nothing where nobody ran one of the releases', () => {
    const [bug] = compareBugs([{ base: 9, new: 0, known: true }], { base: 100, new: 0 });
    assert.deepEqual([bug?.verdict, bug?.ratio], ['too_few', null]);
    assert.deepEqual(compareBugs([], { base: 0, new: 0 }), []);
  });
});

describe('correlations', () => {
  it('find nothing among 1,500 values that have nothing to do with the bug', () => {
    let raw = 0;
    let called = 0;
    for (let seed = 1; seed <= 5; seed += 1) {
      const random = new Seeded(seed);
      const ps = Array.from({ length: 1500 }, () => {
        const share = 0.1 + 0.5 * random.next();
        const draw = (size: number): number => {
          let some = 0;
          for (let at = 0; at < size; at += 1) if (random.next() < share) some += 1;
          return some;
        };
        return associationP({ some: draw(120), all: 120, otherSome: draw(1200), otherAll: 1200 });
      });
      raw += ps.filter((p) => p < 0.05).length;
      called += significant(ps, 0.01).filter(Boolean).length;
    }
    assert.ok(raw > 200, `${raw} of 7,500 have p < 0.05 by chance`);
    assert.ok(called <= 1, `${called} were called significant`);
  });
});

describe('trends', () => {
  it('of bugs that go on as always hardly ever call a day a spike', () => {
    const random = new Seeded(7);
    let spikes = 0;
    const days = 10_000;
    for (let at = 0; at < days; at += 1) {
      const mean = 2 + 60 * random.next();
      // Weekends are quiet, and days differ by more than chance.
      const series = Array.from({ length: TREND_DAYS }, (_, day) =>
        random.poisson(mean * (day % 7 > 4 ? 0.5 : 1) * random.gamma(8)),
      );
      if (spikeOf(series) !== null) spikes += 1;
    }
    assert.ok(spikes <= days / 500, `${spikes} spikes in ${days} usual days`);
  });

  it('find a day with five times as many', () => {
    const random = new Seeded(8);
    let found = 0;
    for (let at = 0; at < 200; at += 1) {
      const series = Array.from({ length: TREND_DAYS }, (_, day) =>
        random.poisson(day === TREND_DAYS - 1 ? 75 : 15),
      );
      if (spikeOf(series) !== null) found += 1;
    }
    assert.ok(found > 190, `${found} of 200`);
    // Nine are too few whatever was before.
    assert.equal(spikeOf([...Array.from({ length: TREND_DAYS - 1 }, () => 0), 9]), null);
    assert.notEqual(spikeOf([...Array.from({ length: TREND_DAYS - 1 }, () => 0), 10]), null);
    assert.equal(spikeOf([1, 2, 50]), null, 'a series that is too short says nothing');
  });

  it('call nothing a rise that the same installations have every week', () => {
    const random = new Seeded(9);
    const steady = Array.from({ length: 2000 }, (_, bug) => {
      const mean = 400 / (bug + 1);
      return { recent: random.poisson(mean), before: random.poisson(3 * mean) };
    });
    const rises = risesOf(steady).filter((rise) => rise !== null);
    assert.ok(rises.length <= 1, `${rises.length} of 2,000`);
    const [rise] = risesOf([{ recent: 40, before: 30 }, ...steady]);
    assert.equal(rise?.ratio, 4);
    assert.deepEqual(risesOf([{ recent: 4, before: 0 }]), [null], 'four are too few');
  });
});
