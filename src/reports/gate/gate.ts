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
import type {
  InboxFilter,
  Page,
  PageRequest,
  ProductName,
  ReportFilter,
  ReportWithNumber,
  Within,
} from '../../store/reports.ts';
import { Rights } from '../../store/rights.ts';
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
import { FacetCache } from './facet-cache.ts';
import type { Facets } from './facet-cache.ts';
import { SeenSettings } from './seen-settings.ts';
import { SeenSymbols } from './seen-symbols.ts';
import { withinOf } from './within.ts';
import { NotSeen, Sights } from './sight.ts';
import type { Sight, Viewer } from './sight.ts';

/** Cases whose difference is told: each is a processed report to read. */
const MAX_TOLD_CASES = 7;
const FAILURE_IS_PROTECTED = 'the reason is protected data, and the log of the server tells it';

export interface GateOptions {
  readonly store: Pick<
    Store,
    | 'accounts'
    | 'alerts'
    | 'bulk'
    | 'clientKeys'
    | 'notifications'
    | 'symbols'
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
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Hears at what of protected data a person looks. */
export type Look = (object: string) => void;

/** Opens the store to one person at a time. */
export class Gate {
  readonly #options: GateOptions;
  readonly #facets: FacetCache;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#facets = new FacetCache(options.store.reports, options.now ?? Date.now);
  }

  /** `look` hears of what protected data of is given to the person: `report <crash id>`, `bug 12`, `search`. */
  for(person: Viewer, look: Look): SeenStore {
    return new SeenStore(this.#options, person, { look, facets: this.#facets });
  }

  /** What everybody sees who reads this product: for texts that leave the house, whoever asks for them. */
  forEverybodyOf({ account, product }: ProductName): SeenStore {
    const right = { role: 'read', seesProtected: false, seesDumps: false } as const;
    const products = new Map([[product, right]]);
    const rights = new Rights([{ account, isAdmin: false, everyProduct: null, products }], false);
    return this.for({ rights }, () => undefined);
  }

  /** Symbols as a person may see them: nothing of them is protected. */
  symbolsOf({ rights }: Viewer): SeenSymbols {
    return new SeenSymbols(this.#options.store.symbols, rights);
  }

  /** The same of products, colleagues and what people decided. */
  settingsOf(person: Viewer): SeenSettings {
    return new SeenSettings(this.#options.store, person);
  }

  /** Symbols whoever uploaded them: for anyone where they are public, and for this machine. */
  allSymbols(): SeenSymbols {
    return new SeenSymbols(this.#options.store.symbols, new Rights([], true));
  }

  /** The product of a report, or null: for finding out what an address is about, before anything is shown. */
  productOfReport(crashId: string): Promise<ProductName | null> {
    return this.#options.store.reports.productOf(crashId);
  }

  /** The same of a bug. */
  productOfBug(id: number): Promise<ProductName | null> {
    return this.#options.store.bugs.productOf(id);
  }
}

/** Everything that one person may see, for the time of one request. */
export class SeenStore {
  readonly #store: GateOptions['store'];
  readonly #previews: Previews;
  readonly #general: readonly string[];
  readonly #person: Viewer;
  readonly #sights: Sights;
  readonly #within: Within | null;
  readonly #facets: FacetCache;
  readonly #heardOf: Look;
  readonly settings: SeenSettings;
  readonly symbols: SeenSymbols;

  constructor(
    { store, previews, publicAnnotations }: GateOptions,
    person: Viewer,
    { look, facets }: { readonly look: Look; readonly facets: FacetCache },
  ) {
    this.#store = store;
    this.#previews = previews;
    this.#general = publicAnnotations;
    this.#person = person;
    this.#heardOf = look;
    this.#sights = new Sights(store, publicAnnotations, person);
    this.#within = withinOf(person.rights);
    this.#facets = facets;
    this.settings = new SeenSettings(store, person);
    this.symbols = new SeenSymbols(store.symbols, person.rights);
  }

  /** Values that filters offer. */
  facets(): Promise<Facets> {
    return this.#facets.get(this.#within);
  }

  // Reports

  async getReport(crashId: string): Promise<SeenReport | null> {
    const report = await this.#report(crashId);
    if (report === null) return null;
    this.#look(`report ${report.crashId}`, report);
    return seenReport(report, await this.#sights.of(report));
  }

  /** Crash ids that begin so, of products that the person reads. */
  crashIdsFrom(beginning: string, limit: number): Promise<readonly string[]> {
    return this.#store.reports.crashIdsFrom(beginning, limit, this.#within ?? undefined);
  }

  async listReports(filter: ReportFilter, page: PageRequest): Promise<Page<SeenRow>> {
    this.#look('reports');
    const found = await listVisibleReports(this.#store.reports, {
      filter: { ...filter, ...this.#narrowing() },
      page,
      publicNames: this.#seesAllProtected(filter) ? null : this.#general,
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
    const product = await this.#store.reports.productOf(crashId);
    const sight = await this.#sightOf(crashId);
    const failure = sight === null ? null : await this.#store.queue.failure(crashId);
    if (failure !== null && product !== null) this.#look(`report ${crashId}`, product);
    if (failure === null || sight?.all === true) return failure;
    return { ...failure, reason: FAILURE_IS_PROTECTED };
  }

  async whyHere(crashId: string): Promise<readonly string[]> {
    const sight = await this.#sightOf(crashId);
    if (sight === null) return [];
    const [sentences, found] = await Promise.all([
      this.#store.bugs.whyHere(crashId),
      this.#store.queue.getProcessed(crashId),
    ]);
    this.#lookAtReport(crashId, sight);
    const groupings = found?.processed.crashes.map(({ grouping }) => grouping) ?? [];
    return seenReasons(sentences, groupings, sight);
  }

  /** The bytes of an attachment; throws without the right to dumps. */
  async openAttachment(crashId: string, name: string): ReturnType<Store['reports']['openAttachment']> {
    const product = await this.#store.reports.productOf(crashId);
    const right = product === null ? null : this.#person.rights.of(product);
    if (right === null) return null;
    if (!right.seesDumps) throw new NotSeen('dumps without the right to them');
    this.#heardOf(`report ${crashId}`);
    return this.#store.reports.openAttachment(crashId, name);
  }

  /**
   * Lines of products that the person reads, or would read if they existed. Those of no known account are for whoever reads the whole
   * installation, or administers it.
   */
  async listInbox(page: PageRequest & Omit<InboxFilter, 'within' | 'unknown'>): Promise<Page<InboxEntry>> {
    this.#look('inbox');
    const { rights, isInstallationAdmin = false } = this.#person;
    const within = this.#within;
    const { rows, next } = await this.#store.reports.listInbox({
      ...page,
      ...(within !== null && { within, unknown: isInstallationAdmin }),
    });
    return {
      rows: rows.map((entry) => seenInboxEntry(entry, { seesProtected: seesProtectedOf(entry, rights) })),
      next,
    };
  }

  // What people said: all of it is protected.

  async feedbackOfReport(crashId: string): Promise<readonly Feedback[]> {
    const sight = await this.#sightOf(crashId);
    this.#lookAtReport(crashId, sight);
    return sight?.all === true ? this.#store.feedback.ofReport(crashId) : [];
  }

  async feedbackOfBug(id: number, limit: number): Promise<readonly Feedback[]> {
    const bug = await this.#bug(id);
    if (bug === null) return [];
    this.#look(`bug ${id}`, bug);
    return (await this.#sights.of(bug)).all ? this.#store.feedback.ofBug(id, limit) : [];
  }

  async feedbackOfProduct(account: string, product: string, limit: number): Promise<readonly Feedback[]> {
    this.#look(`product ${account}/${product}`, { account, product });
    const right = this.#person.rights.of({ account, product });
    return right?.seesProtected === true ? this.#store.feedback.ofProduct(account, product, limit) : [];
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

  /** Where the number of a bug leads today; null: to none that the person may see. */
  async resolveBug(id: number): Promise<number | null> {
    const product = await this.#store.bugs.productOf(id);
    return product === null || !this.#sights.sees(product) ? null : this.#store.bugs.resolveBug(id);
  }

  async getBug(id: number): Promise<Bug | null> {
    const bug = await this.#bug(id);
    if (bug === null) return null;
    this.#look(`bug ${id}`, bug);
    return seenBug(bug, await this.#sights.of(bug));
  }

  async wholeBug(id: number): Promise<(WholeBug & { readonly hiddenValues: number }) | null> {
    const whole = (await this.#bug(id)) === null ? null : await readWholeBug(this.#store.bugs, id);
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
  async casesUnderFilter(
    id: number,
    crashes: readonly (readonly [row: number, crashes: number])[],
  ): Promise<readonly BugCase[]> {
    if ((await this.#bug(id)) === null) return [];
    return this.#store.bugs.casesOf(id, MAX_CASES, crashes);
  }

  /** The crash that stands for a bug. */
  async coverCrash(id: number): Promise<CoverCrash | null> {
    const bug = await this.#bug(id);
    const cover = bug === null ? null : await coverCrash(this.#store.queue, bug);
    if (bug === null || cover === null) return null;
    this.#look(`report ${cover.crashId}`);
    return { ...cover, crash: seenCrash(cover.crash, await this.#sights.of(bug)) };
  }

  /** A crash of one report of a bug, to stand for it; null: the report is gone, not processed, or not of the bug. */
  async crashOfBug(id: number, crashId: string): Promise<CoverCrash | null> {
    const [bug, found] = await Promise.all([this.#bug(id), this.#store.queue.getProcessed(crashId)]);
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

  /** Crash ids of the next newer and older report of a bug. */
  async reportNeighbours(
    id: number,
    crashId: string,
  ): Promise<{ readonly newer: string | null; readonly older: string | null }> {
    if ((await this.#bug(id)) === null) return { newer: null, older: null };
    return this.#store.bugs.reportNeighbours(id, crashId);
  }

  /** Other bugs of the product with stacks like that of this one. */
  async similarBugs(id: number): Promise<readonly SeenSimilarBug[]> {
    const bug = await this.#bug(id);
    return bug === null ? [] : seenSimilarBugs(this.#store, bug, await this.#sights.of(bug));
  }

  /** Why a bug is not another one of its product; null where one is missing or of another product. */
  async compareBugs(id: number, otherId: number): Promise<SeenComparison | null> {
    const [bug, other] = await Promise.all([this.#bug(id), this.#bug(otherId)]);
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
    const narrowed = { ...rest, ...this.#narrowing() };
    return this.#store.search.searchBugIds({ products, query, filter: narrowed }, limit);
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
    const bug = await this.#bug(id);
    if (bug === null) return { rows: [], next: null };
    this.#look(`bug ${id}`, bug);
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
      ...{ products, query, filter: { ...rest, ...this.#narrowing() }, page: asked },
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
   * Searches that the person keeps or that people of their accounts share. One that names what the person does not know, a product or a
   * key, is not told of: its text would name it.
   */
  async savedSearches(owner: string): Promise<readonly SavedSearch[]> {
    const products = await searchedProducts(this.#store, this.#sights, { account: null, product: null });
    const known = new Set((await this.settings.colleagues()).map(({ email }) => email));
    const all = (await this.#store.search.savedSearches(owner)).filter(
      (saved) =>
        saved.owner === owner ||
        (known.has(saved.owner) && this.#knowsPlaces(new URLSearchParams(saved.query))),
    );
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
    const products = await searchedProducts(this.#store, this.#sights, of);
    return this.#store.search.searchKeys(products, { onlyUsed: true });
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
    return new Sights(this.#store, this.#general, { rights: this.#person.rights, asEverybody: true });
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

  async listReleases(...asked: Parameters<ReleaseStore['list']>): Promise<ReleaseList> {
    this.#mustRead(asked[0]);
    return this.#store.releases.list(...asked);
  }

  async getRelease(...asked: Parameters<ReleaseStore['get']>): Promise<WholeRelease | null> {
    return this.#sights.sees(asked[0]) ? this.#store.releases.get(...asked) : null;
  }

  /** Null: one of the two is no release. */
  async compareReleases(
    ...asked: Parameters<ReleaseStore['compare']>
  ): Promise<SeenReleaseComparison | null> {
    const found = this.#sights.sees(asked[0]) ? await this.#store.releases.compare(...asked) : null;
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
    const narrowed = { ...rest, ...this.#narrowing() };
    const answer = await this.#store.analysis.topCrashers({ products, query, filter: narrowed, ...asked });
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
    const bug = await this.#bug(id);
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
    this.#mustRead(product);
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
      rows
        .filter((row) => this.#sights.sees(row))
        .map(({ account, product }) => [JSON.stringify([account, product]), { account, product }]),
    );
    return soonTrends(this.#store.analysis, [...products.values()]);
  }

  /** The release that brought a bug. */
  async originOf(id: number): Promise<Origin | null> {
    return (await this.#bug(id)) === null ? null : recentOrigin(this.#store.analysis, id);
  }

  /** Commits that may have brought a bug, and who owns its files; null: there is no such bug. `known`: its cover crash, where it was read already. */
  async suspectsOf(id: number, known?: CoverCrash | null): Promise<BugSuspects | null> {
    const bug = await this.#bug(id);
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
  async previewSignature(...asked: Parameters<Previews['signature']>): Promise<SignaturePreview> {
    return this.#previews.signature(...asked);
  }

  /** What data rules would have left out of the newest reports of a product. */
  async previewData(
    asked: { readonly account: string; readonly product: string; readonly rules: DataRules },
    limit: number,
  ): Promise<DataPreview> {
    this.#mustRead(asked);
    const sight = await this.#sights.of(asked);
    this.#look(`product ${asked.account}/${asked.product}`, asked);
    return previewDataRules(this.#store.reports, { ...asked, limit, sight });
  }

  /**
   * Why a person may not save these rules; null: they may. A grouping rule over a protected annotation files reports by its value,
   * so whoever makes one learns values by where reports go; and by numbers of users whoever names one learns which reports share a value.
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
    const { userAnnotation: named } = after;
    if (named !== null && named !== before.userAnnotation && !sight.names.has(named))
      return `"${named}" is protected data, and your account does not have the right to see it: users cannot be told apart by it.`;
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
        : await Promise.all([this.#bug(id), this.#store.queue.getProcessed(sample)]);
    if (bug === null || found === null) return null;
    if (sample !== null) this.#look(`report ${sample}`);
    const ofBug = found.processed.crashes.filter((_, at) => found.bugIds[at] === id);
    const crash = ofBug.find(({ grouping }) => grouping.caseKey === caseKey) ?? ofBug[0];
    return crash === undefined ? null : seenCrash(crash, await this.#sights.of(bug));
  }

  async #sightOf(crashId: string): Promise<Sight | null> {
    const product = await this.#store.reports.productOf(crashId);
    return product === null || !this.#sights.sees(product) ? null : this.#sights.of(product);
  }

  /** A report of a product that the person reads. */
  async #report(crashId: string): Promise<ReportWithNumber | null> {
    const report = await this.#store.reports.getReport(crashId);
    return report === null || !this.#sights.sees(report) ? null : report;
  }

  /** A bug of a product that the person reads. */
  async #bug(id: number): Promise<Bug | null> {
    const bug = await this.#store.bugs.getBug(id);
    return bug === null || !this.#sights.sees(bug) ? null : bug;
  }

  #narrowing(): { readonly within?: Within } {
    return this.#within === null ? {} : { within: this.#within };
  }

  /** Without the right, words are looked for in titles alone where the product protects messages. */
  #narrowed<F extends Omit<BugFilter, 'state'>>(filter: F): F {
    const narrowed = { ...filter, ...this.#narrowing() };
    return filter.text === undefined || this.#seesAllProtected(filter)
      ? narrowed
      : { ...narrowed, titlesOnlyWhereProtected: true };
  }

  /** Whether the person has the right to protected data in everything that a filter of a list leaves. */
  #seesAllProtected({
    account,
    product,
  }: {
    readonly account?: string | undefined;
    readonly product?: string | undefined;
  }): boolean {
    const { rights } = this.#person;
    const right =
      account === undefined || product === undefined ? rights.anywhere : rights.of({ account, product });
    return right?.seesProtected === true;
  }

  /** Whether the account and the product that a saved search names are known to the person. */
  #knowsPlaces(params: URLSearchParams): boolean {
    const [account, product] = [params.get('account'), params.get('product')];
    const { rights } = this.#person;
    if (account !== null && account !== '' && !rights.isMemberOf(account)) return false;
    if (product === null || product === '' || rights.isWhole) return true;
    return account !== null && account !== ''
      ? rights.of({ account, product }) !== null
      : rights.accounts.some((one) => rights.of({ account: one.account, product }) !== null);
  }

  /** To be called wherever somebody with the right is given more than everybody. Without a place: of all that they see. */
  #look(object: string, place?: ProductName): void {
    const { rights } = this.#person;
    const right = place === undefined ? rights.somewhere : rights.of(place);
    if (right?.seesProtected === true) this.#heardOf(object);
  }

  #lookAtReport(crashId: string, sight: Sight | null): void {
    if (sight?.all === true) this.#heardOf(`report ${crashId}`);
  }

  #mustRead(place: ProductName): void {
    if (!this.#sights.sees(place)) throw new NotSeen('a product of somebody else');
  }

  /** Bugs by number; those that are gone are not among them. */
  async #bugsOf(ids: readonly number[]): Promise<ReadonlyMap<number, BugRow>> {
    const found = await this.#store.bugs.rowsOf(ids);
    const rows = await this.#bugRows(found.filter((row) => this.#sights.sees(row)));
    return new Map(rows.map((row) => [row.id, row]));
  }

  #bugRows(rows: readonly BugRow[]): Promise<readonly BugRow[]> {
    return Promise.all(rows.map(async (row) => seenBugRow(row, await this.#sights.of(row))));
  }

  #rows(rows: Page<Parameters<typeof seenRow>[0]>['rows']): Promise<readonly SeenRow[]> {
    return Promise.all(rows.map(async (row) => seenRow(row, await this.#sights.of(row))));
  }
}

function seesProtectedOf({ account = null, product }: InboxEntry, rights: Rights): boolean {
  const right = account === null ? rights.anywhere : rights.of({ account, product });
  return right?.seesProtected === true && (account !== null || rights.isWhole);
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
