// Exactly once: random histories of storing, processing, processing again, merging, splitting, moving, closing, ignoring, deleting and
// pruning, after which every count and series is what a plain recount says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUG_STATES, REOPEN_MODES } from '../../../src/store/bugs.ts';
import type { ReopenMode } from '../../../src/store/bugs.ts';
import type { ProcessedReport } from '../../../src/report/processed-report.ts';
import type { FiledCrash } from '../../../src/store/queue.ts';
import { concealedKey } from '../../../src/store/shared/filing.ts';
import { parseQuery } from '../../../src/search/query/parse-query.ts';
import type { Store } from '../../../src/store/store.ts';
import { thorough } from '../../thorough.ts';
import { BugModel, VERSIONS } from './bug-model.ts';
import type { ModelBug, ModelCrash, ModelProcessing, ModelReport } from './bug-model.ts';
import { crash, processedReport } from './processed-builder.ts';
import { storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** When reports arrive, relative to the start: long ago, shortly before, and after whatever people do in between. */
const ARRIVALS = [-100 * DAY_MS, -HOUR_MS, HOUR_MS, 9 * HOUR_MS];
const PRODUCTS = ['Piano', 'Organ'];

/** What processing makes of a report; days are told from its arrival. */
type Outcome = Omit<ModelProcessing, 'crashes'> & {
  readonly crashes: readonly (Omit<ModelCrash, 'day'> & { readonly daysAgo: number })[];
};

/** One step; numbers choose among what is there. */
type Step =
  | {
      readonly do: 'store';
      readonly product: number;
      readonly arrival: number;
      readonly processing: Outcome;
    }
  | { readonly do: 'process again'; readonly report: number; readonly processing: Outcome }
  | { readonly do: 'lose a lease'; readonly report: number; readonly processing: Outcome }
  | { readonly do: 'merge'; readonly from: number; readonly into: number }
  | { readonly do: 'split'; readonly bug: number; readonly case: number }
  | { readonly do: 'move'; readonly report: number; readonly into: number }
  | { readonly do: 'close'; readonly bug: number; readonly version: string | null }
  | { readonly do: 'ignore'; readonly bug: number; readonly until: boolean; readonly more: number | null }
  | { readonly do: 'reopen'; readonly bug: number }
  | {
      readonly do: 'rules';
      readonly mode: ReopenMode;
      readonly order: 'automatic' | 'first_seen' | 'corrected';
    }
  | { readonly do: 'delete'; readonly report: number }
  | { readonly do: 'prune' };

/** What a correction makes of them. */
const CORRECTED = ['2025.44', '2025.49-rc1', '2025.49', '2025.9'];

const choice = fc.nat(1000);

const modelCrash = fc
  .record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    caseKey: fc.constantFrom('x', 'y', 'z'),
    better: fc.boolean(),
    unprocessable: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
    count: fc.integer({ min: 1, max: 3 }),
    daysAgo: fc.integer({ min: 0, max: 5 }),
    values: fc.array(fc.tuple(fc.constantFrom('os', 'user'), fc.constantFrom('1', '2')), { maxLength: 3 }),
  })
  .map(({ better, daysAgo, unprocessable, key, caseKey, count, values }) => ({
    daysAgo,
    caseKey,
    count,
    values,
    unprocessable,
    // A reason why a report cannot be processed is never the key of one that can.
    key: unprocessable ? `unprocessable ${key}` : key,
    signature: `${key}${better ? '::better' : ''}()`,
  }));

const processing: fc.Arbitrary<Outcome> = fc.record({
  version: fc.constantFrom(...VERSIONS, null),
  installation: fc.constantFrom('i1', 'i2', 'i3', null),
  crashes: fc.array(modelCrash, { minLength: 1, maxLength: 2 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('store' as const),
      product: fc.nat(1),
      arrival: fc.nat(ARRIVALS.length - 1),
      processing,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('process again' as const), report: choice, processing }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('lose a lease' as const), report: choice, processing }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('merge' as const), from: choice, into: choice }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('split' as const), bug: choice, case: choice }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), report: choice, into: choice }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      bug: choice,
      version: fc.constantFrom(...VERSIONS, null),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('ignore' as const),
      bug: choice,
      until: fc.boolean(),
      more: fc.option(fc.nat(4)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), bug: choice }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rules' as const),
      // Most products leave the mode as it is.
      mode: fc.constantFrom(...REOPEN_MODES, 'not_older', 'not_older', 'not_older'),
      order: fc.constantFrom('automatic', 'first_seen', 'corrected'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), report: choice }) },
  { weight: 1, arbitrary: fc.constant({ do: 'prune' as const }) },
);

/** A store, its model, and what a history has made so far. */
interface World {
  readonly store: Store;
  readonly model: BugModel;
  readonly startedAt: number;
  readonly reports: ModelReport[];
}

export function bugHistoriesTopic(open: StoreFactory): void {
  test('whatever happened, every count and series is what a recount says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.boolean(), async (steps, both) => {
        const store = await open();
        const other = both ? await open.beside(store) : store;
        try {
          for (const product of PRODUCTS) await store.people.createProductByHand('default', product);
          const world = { store, model: new BugModel(), startedAt: Date.now(), reports: [] };
          // In turn: what a handle remembers of bugs that the other one changed must be no more than right.
          for (const [at, each] of steps.entries()) {
            await take({ ...world, store: at % 2 === 0 ? store : other }, each);
          }
          await compare(world);
        } finally {
          await store.close();
          await other.close();
        }
      }),
      {
        numRuns: Number(process.env['MAYDAY_HISTORIES'] ?? (thorough ? 30 : 8)),
        // A history that fails is made shorter for a while, and then printed: not until the whole run is ended.
        interruptAfterTimeLimit: Number(process.env['MAYDAY_HISTORIES_MS'] ?? 300_000),
      },
    );
  });
}

async function take(world: World, step: Step): Promise<void> {
  const { store, model, reports, startedAt } = world;
  const bugAt = (index: number): ModelBug | undefined => model.bugs[index % Math.max(model.bugs.length, 1)];
  const reportAt = (index: number): ModelReport | undefined => reports[index % Math.max(reports.length, 1)];
  switch (step.do) {
    case 'store': {
      const product = PRODUCTS[step.product] ?? '';
      const receivedAt = startedAt + (ARRIVALS[step.arrival] ?? 0);
      const { crashId } = await storeReport(store, { product, receivedAt });
      const report = { crashId, product, receivedAt, order: reports.length };
      reports.push(report);
      model.store(report);
      await processReport(world, report, step.processing);
      return;
    }
    case 'process again': {
      const report = reportAt(step.report);
      if (report === undefined || (await store.queue.requeue([report.crashId])) === 0) return;
      await processReport(world, report, step.processing);
      return;
    }
    case 'lose a lease': {
      const report = reportAt(step.report);
      if (report === undefined || (await store.queue.requeue([report.crashId])) === 0) return;
      const [lost] = await store.queue.lease({ worker: 'slow', limit: 1, leaseMs: 1 });
      await new Promise((resolve) => {
        setTimeout(resolve, 3);
      });
      const filed = await processReport(world, report, step.processing);
      assert.ok(filed.leaseId !== lost?.leaseId);
      const { processed } = filed;
      assert.equal(await store.queue.complete(report.crashId, lost?.leaseId ?? '', processed), null);
      assert.deepEqual(
        await store.queue.complete(report.crashId, filed.leaseId, processed),
        filed.filed,
        'who never heard the answer gets it again',
      );
      return;
    }
    case 'merge': {
      const [from, into] = [bugAt(step.from), bugAt(step.into)];
      if (from === undefined || into === undefined) return;
      assert.equal(await store.bugs.mergeBugs(from.id, into.id, 'Ada'), model.merge(from, into));
      return;
    }
    case 'split': {
      const bug = bugAt(step.bug);
      if (bug === undefined) return;
      const owner = bug.duplicateOf ?? bug;
      const cases = await store.bugs.casesOf(owner.id, 100);
      const chosen = cases[step.case % Math.max(cases.length, 1)];
      if (chosen === undefined) return;
      assert.equal(await store.bugs.splitCase(bug.id, chosen.id, 'Ada'), model.split(bug, chosen.caseKey));
      return;
    }
    case 'move': {
      const [report, into] = [reportAt(step.report), bugAt(step.into)];
      if (report === undefined || into === undefined) return;
      const moved = await store.bugs.moveReport(report.crashId, into.id, 'Ada');
      assert.equal(moved, model.move(report, into));
      return;
    }
    case 'close': {
      const bug = bugAt(step.bug);
      if (bug === undefined) return;
      const closed = await store.bugs.closeBug(bug.id, 'Ada', { inVersion: step.version });
      assert.equal(closed, bug.duplicateOf === null);
      if (!closed) return;
      const closedAt = (await store.bugs.getBug(bug.id))?.closedAt ?? null;
      Object.assign(bug, { state: 'closed', closedAt, closedIn: step.version });
      Object.assign(bug, { ignoredUntil: null, ignoredUntilCount: null });
      return;
    }
    case 'ignore': {
      const bug = bugAt(step.bug);
      if (bug === undefined || bug.duplicateOf !== null) return;
      const until = step.until ? startedAt + HOUR_MS / 2 : null;
      const untilCount = step.more === null ? null : model.recount(bug).count + step.more;
      assert.ok(await store.bugs.ignoreBug(bug.id, 'Ada', { until, untilCount }));
      Object.assign(bug, { state: 'ignored', closedAt: null, closedIn: null });
      Object.assign(bug, { ignoredUntil: until, ignoredUntilCount: untilCount });
      return;
    }
    case 'reopen': {
      const bug = bugAt(step.bug);
      if (bug === undefined || bug.duplicateOf !== null) return;
      assert.ok(await store.bugs.reopenBug(bug.id, 'Ada'));
      if (bug.state !== 'open') Object.assign(bug, { ignoredUntil: null, ignoredUntilCount: null });
      bug.state = 'open';
      return;
    }
    case 'rules': {
      model.mode = step.mode;
      model.order = step.order === 'first_seen' ? null : step.order === 'corrected' ? CORRECTED : VERSIONS;
      for (const product of PRODUCTS) {
        const rules = await store.bugs.productRules('default', product);
        await store.bugs.setProductRules('default', product, {
          ...rules,
          reopenMode: step.mode,
          versionScheme: step.order === 'first_seen' ? 'first_seen' : 'automatic',
          versionCorrections: step.order === 'corrected' ? [{ version: '2025.9', after: '2025.49' }] : [],
        });
      }
      return;
    }
    case 'delete': {
      const report = reportAt(step.report);
      if (report === undefined) return;
      await store.reports.deleteReport(report.crashId);
      // What is made again of words would else be so at some moment.
      await store.maintenance.prune();
      model.remove(report);
      model.settle();
      return;
    }
    case 'prune': {
      const gone = model.prunedByAge(({ receivedAt }) => receivedAt < startedAt - 50 * DAY_MS);
      for (const product of PRODUCTS) await store.people.updateProduct('default', product, { keepDays: 50 });
      await store.maintenance.prune();
      for (const product of PRODUCTS)
        await store.people.updateProduct('default', product, { keepDays: null });
      for (const report of gone) {
        assert.equal(await store.reports.getReport(report.crashId), null);
        model.remove(report);
      }
      model.settle();
      return;
    }
  }
}

async function processReport(
  { store, model }: World,
  report: ModelReport,
  { crashes, ...shared }: Outcome,
): Promise<{
  readonly leaseId: string;
  readonly processed: ProcessedReport;
  readonly filed: readonly FiledCrash[] | null;
}> {
  const leased = await store.queue.lease({ worker: 'quick', limit: 10, leaseMs: 60_000 });
  const lease = leased.find(({ crashId }) => crashId === report.crashId);
  assert.ok(lease !== undefined, 'a queued report is leased');
  const outcome: ModelProcessing = {
    ...shared,
    crashes: crashes.map(({ daysAgo, key, caseKey, signature, unprocessable, count, values }) => ({
      key,
      caseKey,
      signature,
      unprocessable,
      count,
      values,
      day: dayText(Math.min(report.receivedAt, Date.now()) - daysAgo * DAY_MS),
    })),
  };
  const processed = processedReport(
    outcome.crashes.map(({ key, caseKey, unprocessable, values, ...rest }) =>
      crash(key, {
        ...rest,
        sections: [{ name: 'environment', protected: false, values }],
        grouping: { caseKey, source: unprocessable ? 'unprocessable' : 'stack' },
      }),
    ),
    { version: outcome.version, installation: outcome.installation },
  );
  const filed = await store.queue.complete(report.crashId, lease.leaseId, processed);
  assert.deepEqual(filed, model.process(report, outcome));
  return { leaseId: lease.leaseId, processed, filed };
}

/** Every answer of the store beside that of the model. */
async function compare({ store, model }: World): Promise<void> {
  for (const bug of model.bugs) {
    const found = await store.bugs.getBug(bug.id);
    assert.ok(found !== null, `bug ${bug.id} is there`);
    assert.equal(found.duplicateOf, bug.duplicateOf?.id ?? null);
    assert.equal(await store.bugs.resolveBug(bug.id), (bug.duplicateOf ?? bug).id);
    const expected = model.recount(bug);
    const versions = model.versionsOf(bug);
    const named = (await store.bugs.versionsOf(bug.id)).flatMap(({ version }) => version ?? []);
    assert.deepEqual(named, versions, 'versions, newest first');
    if (versions.length > 0) {
      assert.deepEqual([found.firstVersion, found.lastVersion], [versions.at(-1), versions[0]]);
    }
    assert.deepEqual(
      {
        count: found.count,
        installations: found.installations,
        series: sumBy(await store.bugs.seriesOf(bug.id, 400), ({ day, version }) => `${day} ${version}`),
        cases: sumBy(await store.bugs.casesOf(bug.id, 1000), ({ caseKey }) => caseKey),
        values: sumBy(await store.bugs.valuesOf(bug.id, 1000), ({ key, value }) => `${key}=${value}`),
        versions: sumBy(await store.bugs.versionsOf(bug.id), ({ version }) => String(version)),
        reports: (await store.bugs.reportsOf(bug.id, { limit: 200 })).rows
          .map(({ crashId }) => crashId)
          .sort(),
      },
      {
        count: expected.count,
        installations: expected.installations,
        series: expected.series,
        cases: expected.cases,
        values: expected.values,
        versions: expected.versions,
        reports: expected.reports,
      },
      `bug ${bug.id}`,
    );
    if (bug.duplicateOf !== null) continue;
    assert.equal(found.state, bug.state, `state of bug ${bug.id}`);
    assert.equal(found.title, bug.title);
    assert.ok([bug.key, concealedKey(bug.key)].includes(found.key));
    assert.equal(found.newestReport, model.newestOf(bug)?.crashId ?? null);
    if (expected.count === 0) continue;
    assert.ok(found.firstSeenAt <= expected.firstSeenAt);
    assert.ok(found.lastSeenAt >= expected.lastSeenAt);
    assert.equal(
      found.last28Days.reduce((sum, count) => sum + count, 0),
      sumSince(expected.series, dayText(Date.now() - 27 * DAY_MS), dayText(Date.now())),
    );
  }
  for (const product of PRODUCTS) {
    const overview = await store.bugs.overview('default', product, 400);
    const expected = model.product(product);
    assert.deepEqual(
      sumBy(overview.series, ({ day, version }) => `${day} ${version}`),
      expected.series,
    );
    assert.equal(overview.installations, expected.installations);
    for (const state of BUG_STATES) {
      const filter = { account: 'default', product, state };
      const { rows } = await store.bugs.listBugs(filter, { limit: 200 });
      assert.deepEqual(rows.map(({ id }) => id).sort(byNumber), model.listed(product, state).sort(byNumber));
    }
  }
  await compareSearch(store, model);
  const { queued, leased, failed } = await store.queue.counts();
  assert.deepEqual({ queued, leased, failed }, { queued: 0, leased: 0, failed: 0 });
}

/** Searches beside what the model still has: totals, bugs, versions, values and installations, each by a filter, too. */
async function compareSearch(store: Store, model: BugModel): Promise<void> {
  for (const product of PRODUCTS) {
    for (const filter of [
      '',
      'version:2025.44',
      'environment.os:1',
      '-environment.user:2',
      'has:version',
      'version:<2025.49 OR environment.os:2',
    ]) {
      const parsed = parseQuery(filter);
      assert.ok('query' in parsed);
      const found = await store.search.search({
        products: [{ account: 'default', product, publicNames: null, messages: true }],
        query: parsed.query,
        facets: ['bug', 'version', 'happened'].map((key) => ({
          key,
          top: 100,
          distinct: 'installation',
          days: false,
        })),
        histogram: 'day',
        distinct: ['installation'],
        numbers: [],
        list: null,
      });
      const value = (crash: Expected, key: string): string | undefined =>
        crash.values.find(([name]) => name === key)?.[1];
      const holds: Readonly<Record<string, (crash: Expected) => boolean>> = {
        '': () => true,
        'version:2025.44': ({ version }) => version === '2025.44',
        'environment.os:1': (crash) => value(crash, 'os') === '1',
        '-environment.user:2': (crash) => value(crash, 'user') !== '2',
        'has:version': ({ version }) => version !== null,
        'version:<2025.49 OR environment.os:2': ({ version, ...crash }) =>
          (version !== null && model.ageOf(product, version) < model.ageOf(product, '2025.49')) ||
          value({ version, ...crash }, 'os') === '2',
      };
      // A key that no report has brought yet is no key.
      if ('fault' in found) {
        assert.match(found.fault.problem, /^No report has a "(environment.os|environment.user)"/);
        continue;
      }
      const expected = model.found().filter((crash) => crash.product === product && holds[filter]?.(crash));
      const { answer } = found;
      assert.equal(answer.crashes, sum(expected), `${product}: ${filter}`);
      assert.equal(answer.rows, expected.length);
      assert.deepEqual(answer.distinct, [different(expected)]);
      const [bugs, versions, days] = answer.facets;
      for (const [facet, nameOf] of [
        [bugs, ({ bugId }: Expected) => String(bugId)],
        [versions, ({ version }: Expected) => version],
        [days, ({ day }: Expected) => String(Date.parse(day) / DAY_MS)],
      ] as const) {
        const groups = Map.groupBy<string | null, Expected>(expected, nameOf);
        assert.equal(facet?.absent, sum(groups.get(null) ?? []));
        groups.delete(null);
        assert.deepEqual(
          new Map(facet.values.map((each) => [String(each.value), [each.crashes, each.distinct]])),
          new Map([...groups].map(([name, some]) => [String(name), [sum(some), different(some)]])),
          `${product}: ${filter}`,
        );
      }
    }
  }
}

type Expected = ReturnType<BugModel['found']>[number];

function sum(crashes: readonly Expected[]): number {
  return crashes.reduce((total, { count }) => total + count, 0);
}

function different(crashes: readonly Expected[]): number {
  return new Set(crashes.flatMap(({ installation }) => installation ?? [])).size;
}

function sumBy<T extends { readonly count: number }>(
  rows: readonly T[],
  name: (row: T) => string,
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const row of rows) sums[name(row)] = (sums[name(row)] ?? 0) + row.count;
  return sums;
}

/** The counts of a series from one day to another. */
function sumSince(series: Readonly<Record<string, number>>, from: string, to: string): number {
  return Object.entries(series)
    .filter(([name]) => name.slice(0, 10) >= from && name.slice(0, 10) <= to)
    .reduce((sum, [, count]) => sum + count, 0);
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function byNumber(a: number, b: number): number {
  return a - b;
}
