// The one place through which everything that came with a report, or was made of it, reaches people. It knows who asks. Pages and
// API operations hold no other way to it: their store is a ClosedStore.
import { alertSource } from '../../alerts/alert-source.ts';
import type { AlertSource } from '../../alerts/read-condition.ts';
import type { Previews, RulesPreview, SignaturePreview } from '../../process/preview/previews.ts';
import type { DataRules } from '../../report/privacy/data-rules.ts';
import type { ProcessedCrash, ProcessedReport } from '../../report/processed-report.ts';
import type { BugCase, BugFilter, BugRow, BugState, ProductRules } from '../../store/bugs.ts';
import type { Feedback } from '../../store/feedback.ts';
import type { InboxEntry } from '../../store/intake.ts';
import type { Page, PageRequest, ReportFilter } from '../../store/reports.ts';
import type { Bug } from '../../store/bugs.ts';
import type { Store } from '../../store/store.ts';
import { previewDataRules } from './seen-data-preview.ts';
import type { DataPreview } from './seen-data-preview.ts';
import { coverCrash } from './cover-crash.ts';
import type { CoverCrash } from './cover-crash.ts';
import { MAX_CASES, readWholeBug } from './whole-bug.ts';
import type { WholeBug } from './whole-bug.ts';
import { listVisibleReports } from './list-visible-reports.ts';
import { protectedNames, seenRulesPreview, seenSignaturePreview } from './seen-preview.ts';
import { seenBug, seenBugRow, seenEvents, seenValues } from './seen-bug.ts';
import { seenReasons } from './seen-grouping.ts';
import { seenInboxEntry } from './seen-inbox.ts';
import { seenCrash, seenProcessed } from './seen-processed.ts';
import {
  seenComparison,
  seenSimilarBugs,
  type SeenComparison,
  type SeenSimilarBug,
} from './seen-similar-bugs.ts';
import type { FrameLinker } from '../../report/source/source-address.ts';
import { linkerOf } from './source-of.ts';
import type { BuiltReport } from './source-of.ts';
import { seenReport, seenRow } from './seen-report.ts';
import type { SeenReport, SeenRow } from './seen-report.ts';
import { recentCorrelations, recentOrigin, soonTrends } from './seen-analysis.ts';
import type { SeenReleaseComparison } from './seen-analysis.ts';
import { searchedProducts } from './seen-search.ts';
import type { SearchAsked } from './seen-search.ts';
import type {
  BugTrend,
  CorrelationsFound,
  Origin,
  TopCrashers,
  TopSearch,
} from '../../store/crash-analysis.ts';
import { parseQuery } from '../../search/query/parse-query.ts';
import type {
  BugSearch,
  FoundBugs,
  FoundReports,
  SavedSearch,
  SearchAnswer,
  SearchKey,
} from '../../store/crash-search.ts';
import type { ReleaseList, ReleaseStore, WholeRelease } from '../../store/releases.ts';
import type { QueryFault } from '../../search/query/query-fault.ts';
import { suspectsOf } from './seen-suspects.ts';
import type { BugSuspects } from './seen-suspects.ts';
import { Sights } from './sight.ts';
import type { Sight, Viewer } from './sight.ts';

/** What an attachment's bytes are asked for without the right: pages check it first, this is the last fence. */
export class NotSeen extends Error {}

/** Cases whose difference is told: each is a processed report to read. */
const MAX_TOLD_CASES = 7;
const FAILURE_IS_PROTECTED = 'the reason is protected data, and the log of the server tells it';

export interface GateOptions {
  readonly store: Pick<
    Store,
    | 'alerts'
    | 'reports'
    | 'bugs'
    | 'queue'
    | 'people'
    | 'feedback'
    | 'search'
    | 'analysis'
    | 'releases'
    | 'sessions'
  >;
  readonly previews: Previews;
  /** Annotation names that are public for every product. */
  readonly publicAnnotations: readonly string[];
}

/** Hears at what of protected data a person looks. */
export type Look = (object: string) => void;

/** Opens the store to one person at a time. */
export class Gate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** `look` hears of what protected data of is given to the person: `report <crash id>`, `bug 12`, `search`. */
  for(person: Viewer, look: Look): SeenStore {
    return new SeenStore(this.#options, person, look);
  }

  /** Somebody without any right to protected data. */
  everybody(): SeenStore {
    return new SeenStore(this.#options, { seesProtected: false }, () => undefined);
  }
}

/** Everything that one person may see, for the time of one request. */
export class SeenStore {
  readonly #store: GateOptions['store'];
  readonly #previews: Previews;
  readonly #general: readonly string[];
  readonly #person: Viewer;
  readonly #sights: Sights;
  readonly #heardOf: Look;

  constructor({ store, previews, publicAnnotations }: GateOptions, person: Viewer, look: Look) {
    this.#store = store;
    this.#previews = previews;
    this.#general = publicAnnotations;
    this.#person = person;
    this.#heardOf = look;
    this.#sights = new Sights(store, publicAnnotations, person);
  }

  // Reports

  async getReport(crashId: string): Promise<SeenReport | null> {
    const report = await this.#store.reports.getReport(crashId);
    if (report === null) return null;
    this.#look(`report ${report.crashId}`);
    return seenReport(report, await this.#sights.of(report));
  }

  /** Crash ids that begin so: every reader sees them all. */
  crashIdsFrom(beginning: string, limit: number): Promise<readonly string[]> {
    return this.#store.reports.crashIdsFrom(beginning, limit);
  }

  async listReports(filter: ReportFilter, page: PageRequest): Promise<Page<SeenRow>> {
    this.#look('reports');
    const found = await listVisibleReports(this.#store.reports, {
      filter,
      page,
      publicNames: this.#person.seesProtected ? null : this.#general,
    });
    return { rows: await this.#rows(found.rows), next: found.next };
  }

  async getProcessed(
    crashId: string,
  ): Promise<{ readonly processed: ProcessedReport; readonly bugIds: readonly number[] } | null> {
    const found = await this.#store.queue.getProcessed(crashId);
    const sight = found === null ? null : await this.#sightOf(crashId);
    if (found === null || sight === null) return null;
    this.#look(`report ${crashId}`);
    return { processed: seenProcessed(found.processed, sight), bugIds: found.bugIds };
  }

  /** Why processing failed. The reason is what an error said, which may quote the report. */
  async failure(crashId: string): Promise<{ readonly reason: string; readonly attempts: number } | null> {
    const failure = await this.#store.queue.failure(crashId);
    if (failure !== null) this.#look(`report ${crashId}`);
    if (failure === null || this.#person.seesProtected) return failure;
    return { ...failure, reason: FAILURE_IS_PROTECTED };
  }

  async whyHere(crashId: string): Promise<readonly string[]> {
    const [sentences, found, sight] = await Promise.all([
      this.#store.bugs.whyHere(crashId),
      this.#store.queue.getProcessed(crashId),
      this.#sightOf(crashId),
    ]);
    if (sight === null) return [];
    this.#look(`report ${crashId}`);
    const groupings = found?.processed.crashes.map(({ grouping }) => grouping) ?? [];
    return seenReasons(sentences, groupings, sight);
  }

  /** The bytes of an attachment; throws without the right. */
  openAttachment(crashId: string, name: string): ReturnType<Store['reports']['openAttachment']> {
    this.#mustSeeProtected();
    this.#look(`report ${crashId}`);
    return this.#store.reports.openAttachment(crashId, name);
  }

  async listInbox(
    page: PageRequest & { readonly outcome?: string; readonly protocol?: string },
  ): Promise<Page<InboxEntry>> {
    this.#look('inbox');
    const { rows, next } = await this.#store.reports.listInbox(page);
    return { rows: rows.map((entry) => seenInboxEntry(entry, this.#person)), next };
  }

  // What people said: all of it is protected.

  async feedbackOfReport(crashId: string): Promise<readonly Feedback[]> {
    this.#look(`report ${crashId}`);
    return this.#person.seesProtected ? this.#store.feedback.ofReport(crashId) : [];
  }

  async feedbackOfBug(id: number, limit: number): Promise<readonly Feedback[]> {
    this.#look(`bug ${id}`);
    return this.#person.seesProtected ? this.#store.feedback.ofBug(id, limit) : [];
  }

  async feedbackOfProduct(account: string, product: string, limit: number): Promise<readonly Feedback[]> {
    this.#look(`product ${account}/${product}`);
    return this.#person.seesProtected ? this.#store.feedback.ofProduct(account, product, limit) : [];
  }

  /** The addresses of the lines of a report's frames. */
  frameLinker(report: BuiltReport): Promise<FrameLinker> {
    return linkerOf(this.#store, report);
  }

  /** The same for a report of which no more than its id is at hand; null: it is gone. */
  async frameLinkerOf(crashId: string): Promise<FrameLinker | null> {
    const report = await this.getReport(crashId);
    return report === null ? null : this.frameLinker(report);
  }

  // Bugs

  async getBug(id: number): Promise<Bug | null> {
    const bug = await this.#store.bugs.getBug(id);
    if (bug === null) return null;
    this.#look(`bug ${id}`);
    return seenBug(bug, await this.#sights.of(bug));
  }

  async wholeBug(id: number): Promise<(WholeBug & { readonly hiddenValues: number }) | null> {
    const whole = await readWholeBug(this.#store.bugs, id);
    if (whole === null) return null;
    const sight = await this.#sights.of(whole.bug);
    this.#look(`bug ${id}`);
    const { values, hidden } = seenValues(whole.values, sight);
    return {
      ...whole,
      bug: seenBug(whole.bug, sight),
      values,
      hiddenValues: hidden,
      events: seenEvents(whole.events, sight),
    };
  }

  /** The cases of a bug with the crashes that a filter counts for each row of them. */
  casesUnderFilter(
    id: number,
    crashes: readonly (readonly [row: number, crashes: number])[],
  ): Promise<readonly BugCase[]> {
    return this.#store.bugs.casesOf(id, MAX_CASES, crashes);
  }

  /** The crash that stands for a bug. */
  async coverCrash(id: number): Promise<CoverCrash | null> {
    const bug = await this.#store.bugs.getBug(id);
    const cover = bug === null ? null : await coverCrash(this.#store.queue, bug);
    if (bug === null || cover === null) return null;
    this.#look(`report ${cover.crashId}`);
    return { ...cover, crash: seenCrash(cover.crash, await this.#sights.of(bug)) };
  }

  /** A crash of one report of a bug, to stand for it; null: the report is gone, not processed, or not of the bug. */
  async crashOfBug(id: number, crashId: string): Promise<CoverCrash | null> {
    const [bug, found] = await Promise.all([
      this.#store.bugs.getBug(id),
      this.#store.queue.getProcessed(crashId),
    ]);
    const position = found?.bugIds.indexOf(id) ?? -1;
    const crash = found?.processed.crashes[position];
    if (bug === null || crash === undefined) return null;
    this.#look(`report ${crashId}`);
    return { crashId, position, crash: seenCrash(crash, await this.#sights.of(bug)) };
  }

  /** A crash of each case of a bug that has a stored sample, by the case's number; of as many cases as a page tells apart. */
  async crashesOfCases(id: number, cases: readonly BugCase[]): Promise<ReadonlyMap<number, ProcessedCrash>> {
    const found = await Promise.all(
      cases.slice(0, MAX_TOLD_CASES).map(async (one): Promise<readonly [number, ProcessedCrash] | null> => {
        const crash = await this.#crashOfCase(id, one);
        return crash === null ? null : [one.id, crash];
      }),
    );
    return new Map(found.filter((crash) => crash !== null));
  }

  /** Crash ids of the next newer and older report of a bug: every reader sees them all. */
  reportNeighbours(
    id: number,
    crashId: string,
  ): Promise<{ readonly newer: string | null; readonly older: string | null }> {
    return this.#store.bugs.reportNeighbours(id, crashId);
  }

  /** Other bugs of the product with stacks like that of this one. */
  async similarBugs(id: number): Promise<readonly SeenSimilarBug[]> {
    const bug = await this.#store.bugs.getBug(id);
    return bug === null ? [] : seenSimilarBugs(this.#store, bug, await this.#sights.of(bug));
  }

  /** Why a bug is not another one of its product; null where one is missing or of another product. */
  async compareBugs(id: number, otherId: number): Promise<SeenComparison | null> {
    const [bug, other] = await Promise.all([this.#store.bugs.getBug(id), this.#store.bugs.getBug(otherId)]);
    if (bug === null || other === null) return null;
    return seenComparison(this.#store, bug, other, await this.#sights.of(bug));
  }

  async listBugs(filter: BugFilter, page: PageRequest): Promise<Page<BugRow>> {
    const { rows, next } = await this.#store.bugs.listBugs(this.#narrowed(filter), page);
    return { rows: await this.#bugRows(rows), next };
  }

  countBugs(filter: Omit<BugFilter, 'state'>): Promise<Readonly<Record<BugState, number>>> {
    return this.#store.bugs.countBugs(this.#narrowed(filter));
  }

  /**
   * Numbers of all bugs that a list of them has, at most so many: of `listBugs`, or (with a query) of `searchBugs`. A fault is as there.
   * `complete` false: a search could not look at all crashes in time.
   */
  async bugIds(
    query: SearchAsked['query'] | null,
    filter: BugFilter,
    limit: number,
  ): Promise<
    { readonly ids: readonly number[]; readonly complete: boolean } | { readonly fault: QueryFault }
  > {
    if (query === null) {
      return { ids: await this.#store.bugs.bugIds(this.#narrowed(filter), limit), complete: true };
    }
    const { version: _version, text: _text, ...rest } = filter;
    const of = { account: filter.account ?? null, product: filter.product ?? null };
    const products = await searchedProducts(this.#store, this.#sights, of);
    return this.#store.search.searchBugIds({ products, query, filter: rest }, limit);
  }

  /** Rows with the number of users that their stored crashes name, where it is not counted yet. Users are numbers, as installations are. */
  async withUsers<R extends Pick<BugRow, 'id' | 'users'>>(
    rows: readonly R[],
  ): Promise<readonly (R & { readonly users: number })[]> {
    const missing = rows.flatMap(({ id, users }) => (users === undefined ? [id] : []));
    const found =
      missing.length === 0 ? new Map<number, number>() : await this.#store.search.usersOfBugs(missing);
    return rows.map((row) => ({ ...row, users: row.users ?? found.get(row.id) ?? 0 }));
  }

  /** Rows of bugs by number, those that are gone left out. */
  async bugRowsOf(ids: readonly number[]): Promise<readonly BugRow[]> {
    return [...(await this.#bugsOf(ids)).values()];
  }

  async reportsOf(id: number, page: PageRequest): Promise<Page<SeenRow>> {
    this.#look(`bug ${id}`);
    const { rows, next } = await this.#store.bugs.reportsOf(id, page);
    return { rows: await this.#rows(rows), next };
  }

  // Searches

  /** A fault: the query names what the person does not know, or says what no key can be. */
  async search(
    asked: SearchAsked,
  ): Promise<{ readonly answer: SearchAnswer } | { readonly fault: QueryFault }> {
    this.#look('search');
    const { account: _account, product: _product, ...question } = asked;
    const products = await searchedProducts(this.#store, this.#sights, asked);
    return this.#store.search.search({ ...question, products });
  }

  /** Bugs whose crashes a query selects, with the counts of just these. */
  async searchBugs(
    query: SearchAsked['query'],
    filter: BugFilter,
    page: PageRequest & Pick<BugSearch, 'bars'>,
  ): Promise<{ readonly found: FoundBugs } | { readonly fault: QueryFault }> {
    const { version: _version, text: _text, ...rest } = filter;
    const of = { account: filter.account ?? null, product: filter.product ?? null };
    const products = await searchedProducts(this.#store, this.#sights, of);
    const { bars, ...asked } = page;
    const answer = await this.#store.search.searchBugs({
      ...{ products, query, filter: rest, page: asked },
      ...(bars !== undefined && { bars }),
    });
    if ('fault' in answer) return answer;
    return { found: { ...answer.found, rows: await this.#bugRows(answer.found.rows) } };
  }

  /** Reports of which a query selects a crash. */
  async searchReports(
    query: SearchAsked['query'],
    of: Pick<SearchAsked, 'account' | 'product'>,
    page: PageRequest,
  ): Promise<
    | { readonly found: Omit<FoundReports, 'rows'> & { readonly rows: readonly SeenRow[] } }
    | { readonly fault: QueryFault }
  > {
    const products = await searchedProducts(this.#store, this.#sights, of);
    this.#look('search');
    const answer = await this.#store.search.searchReports({ products, query, page });
    if ('fault' in answer) return answer;
    return { found: { ...answer.found, rows: await this.#rows(answer.found.rows) } };
  }

  /**
   * Searches that the person keeps or that others share. One that names what the person does not know is not told of: its text would
   * name it.
   */
  async savedSearches(owner: string): Promise<readonly SavedSearch[]> {
    const products = await searchedProducts(this.#store, this.#sights, { account: null, product: null });
    const all = await this.#store.search.savedSearches(owner);
    const faults = await Promise.all(
      all.map(async (saved) => {
        if (saved.owner === owner) return null;
        const params = new URLSearchParams(saved.query);
        const parsed = parseQuery(params.get('q') ?? '');
        if ('fault' in parsed) return parsed.fault;
        return this.#store.search.queryFault(products, { query: parsed.query, names: namedKeys(params) });
      }),
    );
    return all.filter((_, at) => faults[at] === null);
  }

  /** The keys that a search knows for this person. */
  async searchKeys(of: Pick<SearchAsked, 'account' | 'product'>): Promise<readonly SearchKey[]> {
    return this.#store.search.searchKeys(await searchedProducts(this.#store, this.#sights, of));
  }

  // Alerts

  /** What the conditions of an alert rule are read from: as everybody sees it, or, of a rule over protected data, as the person does. */
  async alertSource(
    of: Pick<SearchAsked, 'account' | 'product'>,
    { isProtected }: { readonly isProtected: boolean },
  ): Promise<AlertSource> {
    const sights = isProtected ? this.#sights : this.#everybody();
    return alertSource(this.#store, await searchedProducts(this.#store, sights, of));
  }

  /**
   * Whether the person may ask a search. `isProtected`: somebody without the right to protected data could not, so that nobody without
   * it may be told what it says.
   */
  async searchRights(
    query: SearchAsked['query'],
    of: Pick<SearchAsked, 'account' | 'product'>,
  ): Promise<{ readonly isProtected: boolean } | { readonly fault: QueryFault }> {
    const fault = await this.#faultFor(query, of, this.#sights);
    if (fault !== null) return { fault };
    return { isProtected: (await this.#faultFor(query, of, this.#everybody())) !== null };
  }

  #everybody(): Sights {
    return new Sights(this.#store, this.#general, { seesProtected: false });
  }

  async #faultFor(
    query: SearchAsked['query'],
    of: Pick<SearchAsked, 'account' | 'product'>,
    sights: Sights,
  ): Promise<QueryFault | null> {
    const products = await searchedProducts(this.#store, sights, of);
    return this.#store.search.queryFault(products, { query, names: [] });
  }

  // Releases, trends, correlations

  listReleases(...asked: Parameters<ReleaseStore['list']>): Promise<ReleaseList> {
    return this.#store.releases.list(...asked);
  }

  getRelease(...asked: Parameters<ReleaseStore['get']>): Promise<WholeRelease | null> {
    return this.#store.releases.get(...asked);
  }

  /** Null: one of the two is no release. */
  async compareReleases(
    ...asked: Parameters<ReleaseStore['compare']>
  ): Promise<SeenReleaseComparison | null> {
    const found = await this.#store.releases.compare(...asked);
    if (found === null) return null;
    const rows = await this.#bugsOf(found.bugs.map(({ bugId }) => bugId));
    return {
      ...found,
      bugs: found.bugs.flatMap((bug) => {
        const row = rows.get(bug.bugId);
        return row === undefined ? [] : [{ ...bug, row }];
      }),
    };
  }

  /** Bugs by their crashes in a period, under a query. */
  async topCrashers(
    query: SearchAsked['query'],
    filter: BugFilter,
    asked: Pick<TopSearch, 'periodMs' | 'by' | 'limit'>,
  ): Promise<{ readonly top: TopCrashers } | { readonly fault: QueryFault }> {
    const { version: _version, text: _text, order: _order, ...rest } = filter;
    const of = { account: filter.account ?? null, product: filter.product ?? null };
    const products = await searchedProducts(this.#store, this.#sights, of);
    const answer = await this.#store.analysis.topCrashers({ products, query, filter: rest, ...asked });
    if ('fault' in answer) return answer;
    const rows = await this.#bugRows(answer.top.rows.map(({ bug }) => bug));
    return {
      top: {
        ...answer.top,
        rows: answer.top.rows.map((row, at) => Object.assign({}, row, { bug: rows[at] ?? row.bug })),
      },
    };
  }

  /** Values that a bug's crashes have more often than others, among the keys that the person sees; null: there is no such bug. */
  async correlations(
    id: number,
    query: SearchAsked['query'],
  ): Promise<{ readonly found: CorrelationsFound } | { readonly fault: QueryFault } | null> {
    const bug = await this.#store.bugs.getBug(id);
    if (bug === null) return null;
    const [product] = await searchedProducts(this.#store, this.#sights, bug);
    if (product === undefined) return null;
    this.#look(`bug ${id}`);
    return recentCorrelations(this.#store.analysis, { product, bugId: id, query });
  }

  /** Bugs of a product that are on the rise. */
  async trends(product: {
    readonly account: string;
    readonly product: string;
  }): Promise<readonly (BugTrend & { readonly row: BugRow })[]> {
    const trends = await this.#store.analysis.trends(product);
    const rows = await this.#bugsOf(trends.map(({ bugId }) => bugId));
    return trends.flatMap((trend) => {
      const row = rows.get(trend.bugId);
      return row === undefined ? [] : [{ ...trend, row }];
    });
  }

  /** Trends of the bugs of these products by bug, as far as they are known soon. */
  soonTrends(rows: readonly Pick<BugRow, 'account' | 'product'>[]): Promise<ReadonlyMap<number, BugTrend>> {
    const products = new Map(
      rows.map(({ account, product }) => [JSON.stringify([account, product]), { account, product }]),
    );
    return soonTrends(this.#store.analysis, [...products.values()]);
  }

  /** The release that brought a bug. */
  originOf(id: number): Promise<Origin | null> {
    return recentOrigin(this.#store.analysis, id);
  }

  /** Commits that may have brought a bug, and who owns its files; null: there is no such bug. `known`: its cover crash, where it was read already. */
  async suspectsOf(id: number, known?: CoverCrash | null): Promise<BugSuspects | null> {
    const bug = await this.#store.bugs.getBug(id);
    if (bug === null) return null;
    const [origin, cover] = await Promise.all([
      this.originOf(id),
      known === undefined ? coverCrash(this.#store.queue, bug) : known,
    ]);
    return suspectsOf(this.#store, bug, { origin, cover });
  }

  // Previews and rules

  /** What rules would do. Without the right, rules see the annotations that the person sees. */
  async previewRules(
    scope: { readonly account: string; readonly product: string; readonly rules: ProductRules },
    reports: number,
  ): Promise<RulesPreview> {
    const sight = await this.#sights.of(scope);
    const rulesSee = sight.all ? null : { annotations: [...sight.names], messages: sight.messages };
    this.#look(`product ${scope.account}/${scope.product}`);
    const preview = await this.#previews.rules({ ...scope, rulesSee }, reports);
    return seenRulesPreview(preview, scope.rules, sight);
  }

  /** How a stored report would be named today; null where it is not there. */
  async previewSignatureOf(crashId: string): Promise<SignaturePreview | null> {
    const sight = await this.#sightOf(crashId);
    const preview = sight === null ? null : await this.#previews.signatureOf(crashId);
    if (preview !== null) this.#look(`report ${crashId}`);
    return sight === null || preview === null ? null : seenSignaturePreview(preview, sight);
  }

  /** How a text that the person typed would be named: nothing of anybody else's is in it. */
  previewSignature(...asked: Parameters<Previews['signature']>): Promise<SignaturePreview> {
    return this.#previews.signature(...asked);
  }

  /** What data rules would have left out of the newest reports of a product. */
  async previewData(
    asked: { readonly account: string; readonly product: string; readonly rules: DataRules },
    limit: number,
  ): Promise<DataPreview> {
    const sight = await this.#sights.of(asked);
    this.#look('reports');
    return previewDataRules(this.#store.reports, { ...asked, limit, sight });
  }

  /**
   * Why a person may not save these rules; null: they may. A grouping rule over a protected annotation files reports by its value,
   * so whoever makes one learns values by where reports go.
   */
  async rulesFault(
    { account, product }: { readonly account: string; readonly product: string },
    before: ProductRules,
    after: ProductRules,
  ): Promise<string | null> {
    const sight = await this.#sights.of({ account, product });
    if (sight.all) return null;
    if (before.messages === 'protected' && after.messages === 'public') {
      return 'Making messages public needs the right to see protected data, and your account does not have it.';
    }
    const known = new Set(before.groupingRules.map((rule) => JSON.stringify(rule)));
    const changed = after.groupingRules.filter((rule) => !known.has(JSON.stringify(rule)));
    const [name] = protectedNames(changed, sight);
    return name === undefined
      ? null
      : `A rule looks at "${name}", which is protected data, and your account does not have the right to see it.`;
  }

  /** Why a person may not declare these annotations public; null: they may. Everything that they see now has that name already. */
  async publicNamesFault(
    product: { readonly account: string; readonly product: string },
    after: readonly string[],
  ): Promise<string | null> {
    const sight = await this.#sights.of(product);
    const name = sight.all ? undefined : after.find((each) => !sight.names.has(each));
    return name === undefined
      ? null
      : `Making "${name}" public needs the right to see protected data, and your account does not have it.`;
  }

  /** The crash of the case's sample: a report can hold several of a bug. */
  async #crashOfCase(id: number, { sample, caseKey }: BugCase): Promise<ProcessedCrash | null> {
    const [bug, found] =
      sample === null
        ? [null, null]
        : await Promise.all([this.#store.bugs.getBug(id), this.#store.queue.getProcessed(sample)]);
    if (bug === null || found === null) return null;
    if (sample !== null) this.#look(`report ${sample}`);
    const ofBug = found.processed.crashes.filter((_, at) => found.bugIds[at] === id);
    const crash = ofBug.find(({ grouping }) => grouping.caseKey === caseKey) ?? ofBug[0];
    return crash === undefined ? null : seenCrash(crash, await this.#sights.of(bug));
  }

  async #sightOf(crashId: string): Promise<Sight | null> {
    const report = await this.#store.reports.getReport(crashId);
    return report === null ? null : this.#sights.of(report);
  }

  /** Without the right, words are looked for in titles alone where the product protects messages. */
  #narrowed<F extends Omit<BugFilter, 'state'>>(filter: F): F {
    return this.#person.seesProtected || filter.text === undefined
      ? filter
      : { ...filter, titlesOnlyWhereProtected: true };
  }

  /** Bugs by number; those that are gone are not among them. */
  async #bugsOf(ids: readonly number[]): Promise<ReadonlyMap<number, BugRow>> {
    const rows = await this.#bugRows(await this.#store.bugs.rowsOf(ids));
    return new Map(rows.map((row) => [row.id, row]));
  }

  #bugRows(rows: readonly BugRow[]): Promise<readonly BugRow[]> {
    return Promise.all(rows.map(async (row) => seenBugRow(row, await this.#sights.of(row))));
  }

  #rows(rows: Page<Parameters<typeof seenRow>[0]>['rows']): Promise<readonly SeenRow[]> {
    return Promise.all(rows.map(async (row) => seenRow(row, await this.#sights.of(row))));
  }

  /** To be called wherever somebody with the right is given more than everybody. */
  #look(object: string): void {
    if (this.#person.seesProtected) this.#heardOf(object);
  }

  #mustSeeProtected(): void {
    if (!this.#person.seesProtected) throw new NotSeen('protected data without the right to it');
  }
}

/** Parameters of a search whose values are names of keys. */
const NAMING = ['facets', 'columns', 'group', 'distinct', 'numbers', 'sort'] as const;

function namedKeys(params: URLSearchParams): readonly string[] {
  const values = NAMING.flatMap((name) => params.getAll(name));
  return values
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().replace(/^-/, ''))
    .filter((name) => name !== '');
}
