// What a store must answer about bugs after any history, in the plainest way: a list of everything that was counted, which is looked
// through for every answer. It follows the rules of the contract (bugs.ts, Identity) and shares no code with any store.
import { seenAt } from '../../../src/report/occurrence-day.ts';
import type { BugState, ReopenMode } from '../../../src/store/bugs.ts';
import type { FiledCrash } from '../../../src/store/queue.ts';

/** One crash as a history tells it. */
export interface ModelCrash {
  readonly key: string;
  readonly caseKey: string;
  readonly signature: string;
  readonly unprocessable: boolean;
  readonly count: number;
  readonly day: string;
  readonly values: readonly (readonly [key: string, value: string])[];
}

/** What all crashes of a report share. */
export interface ModelProcessing {
  readonly version: string | null;
  readonly installation: string | null;
  readonly crashes: readonly ModelCrash[];
}

export interface ModelReport {
  readonly crashId: string;
  readonly product: string;
  readonly receivedAt: number;
  readonly order: number;
}

/** Something that was counted. It stays when its report goes. */
interface Counted extends ModelCrash {
  readonly report: ModelReport;
  readonly position: number;
  readonly version: string | null;
  installation: string | null;
  bug: ModelBug;
  moved: boolean;
}

export interface ModelBug {
  readonly id: number;
  readonly product: string;
  readonly unprocessable: boolean;
  key: string;
  title: string;
  state: BugState;
  closedAt: number | null;
  closedIn: string | null;
  ignoredUntil: number | null;
  ignoredUntilCount: number | null;
  duplicateOf: ModelBug | null;
  madeFor: ModelBug | null;
}

/** The histories' versions, oldest first: neither their order of arrival nor that of their texts. */
export const VERSIONS = ['2025.9', '2025.44', '2025.49-rc1', '2025.49'];

/** The title of a bug whose reports are gone for good. */
const NO_WORDS = 'Its reports were deleted';
const EIGHT_HOURS_MS = 8 * 60 * 60 * 1000;

export class BugModel {
  readonly bugs: ModelBug[] = [];
  mode: ReopenMode = 'not_older';
  /** Versions in the order of the product, oldest first; null: by who came first. */
  order: readonly string[] | null = VERSIONS;
  #counted: Counted[] = [];
  readonly #stored = new Set<ModelReport>();
  readonly #stale = new Set<ModelBug>();
  #unnamed: { readonly product: string; readonly installation: string }[] = [];
  #settled = 0;
  /** Bugs that a report left, with where it went: what it told them goes with it, too. */
  readonly #left: { readonly from: ModelBug; readonly to: ModelBug }[] = [];
  readonly #keys = new Map<string, ModelBug>();
  #departures: { readonly from: ModelBug; readonly to: ModelBug }[] = [];
  readonly #versions = new Map<string, number>();

  store(report: ModelReport): void {
    this.#stored.add(report);
  }

  /** The report goes for good; its counts stay. */
  remove(report: ModelReport): void {
    // What was deleted before takes nothing with it any more.
    if (!this.#stored.delete(report)) return;
    for (const { bug } of this.#of(report)) this.#growStale(bug);
    for (const { installation } of this.#of(report))
      if (installation !== null) this.#unnamed.push({ product: report.product, installation });
  }

  /** A bug, those that its reports left, and those that were merged into any of them. */
  #growStale(bug: ModelBug): void {
    const reached = new Set<ModelBug>();
    const waiting = [bug];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const to = next;
      if (reached.has(to)) continue;
      reached.add(to);
      this.#stale.add(to);
      for (const left of this.#left) if (left.to === to) waiting.push(left.from);
      for (const merged of this.bugs) if (merged.duplicateOf === to) waiting.push(merged);
    }
  }

  /** Bugs that lost a report get their words from what is left; installations that no stored report names are nobody's any more. */
  settle(): void {
    for (const bug of this.#stale) {
      const owner = bug.duplicateOf ?? bug;
      for (const each of this.bugs)
        if (each === owner || each.duplicateOf === owner) this.#reword(each, owner);
    }
    this.#stale.clear();
    for (const [at, { product, installation }] of this.#unnamed.entries()) {
      const named = this.#counted.filter(
        (each) => each.report.product === product && each.installation === installation,
      );
      if (named.some(({ report }) => this.#stored.has(report))) continue;
      for (const each of named) each.installation = `nobody ${this.#settled} ${at}`;
    }
    this.#unnamed = [];
    this.#settled += 1;
  }

  #reword(bug: ModelBug, owner: ModelBug): void {
    const stored = this.#storedIn(owner);
    if (stored.some(({ signature }) => signature === bug.title)) return;
    const [newest] = stored.toSorted(
      (a, b) =>
        second(b.report) - second(a.report) || b.report.order - a.report.order || a.position - b.position,
    );
    // A report that was moved away and is still stored keeps the title that it gave.
    const elsewhere = this.#left
      .filter(({ from }) => from === bug && bug === owner)
      .flatMap(({ to }) => this.#storedIn(to.duplicateOf ?? to));
    if (elsewhere.some(({ signature }) => signature === bug.title)) return;
    bug.title = bug === owner && newest !== undefined ? newest.signature : NO_WORDS;
  }

  /** What a search finds: crashes of reports that are still stored. */
  found(): readonly {
    readonly product: string;
    readonly bugId: number;
    readonly count: number;
    readonly day: string;
    readonly version: string | null;
    readonly installation: string | null;
    readonly values: ModelCrash['values'];
  }[] {
    return this.#counted
      .filter(({ report }) => this.#stored.has(report))
      .map(({ report, bug, count, day, version, installation, values }) => ({
        product: report.product,
        bugId: (bug.duplicateOf ?? bug).id,
        count,
        day,
        version,
        installation,
        values,
      }));
  }

  process(report: ModelReport, { version, installation, crashes }: ModelProcessing): FiledCrash[] {
    this.#see(report, version);
    const before = this.#of(report);
    const again = before.length > 0;
    const filed = crashes.map((crash, position) => {
      const old = before[position] ?? null;
      const { bug, made } = this.#route(report, crash, old);
      if (bug.title === NO_WORDS) bug.title = crash.signature;
      const count = this.#countOf(bug) + crash.count;
      if (old !== null) old.moved = old.moved && old.bug === bug;
      const counted = { ...crash, report, position, version, installation, bug, moved: old?.moved ?? false };
      this.#replaceStored(old, counted);
      const understood = old !== null && old.bug !== bug && old.bug.unprocessable;
      if (again && !understood) return { bug, event: 'unchanged' as const };
      if (made) return { bug, event: 'new' as const };
      if (!this.#opens(bug, report, version, count)) return { bug, event: 'recurring' as const };
      bug.state = 'open';
      bug.ignoredUntil = null;
      bug.ignoredUntilCount = null;
      return { bug, event: 'reopened' as const };
    });
    this.#counted = this.#counted.filter((each) => !before.includes(each));
    for (const [position, old] of before.entries()) {
      const to = filed[position]?.bug;
      if (to !== undefined && to !== old.bug && !old.bug.unprocessable)
        this.#departures.push({ from: old.bug, to });
    }
    const present = new Set(filed.map(({ bug }) => bug));
    for (const [position, old] of before.entries()) {
      const to = filed[position]?.bug;
      const isDeparture = to !== undefined && to !== old.bug && !old.bug.unprocessable;
      const other = to ?? filed[0]?.bug;
      if (other !== undefined && (isDeparture || !present.has(old.bug)))
        this.#left.push({ from: old.bug, to: other });
    }
    for (const bug of new Set(before.map((old) => old.bug))) if (!present.has(bug)) this.#succeed(bug);
    return filed.map(({ bug, event }) => {
      const { id, state } = bug.duplicateOf ?? bug;
      return { bugId: id, event, state };
    });
  }

  merge(from: ModelBug, into: ModelBug): boolean {
    const [source, target] = [from.duplicateOf ?? from, into.duplicateOf ?? into];
    if (source === target || source.product !== target.product) return false;
    this.#absorb(source, target);
    return true;
  }

  /** The new bug's id, or null. */
  split(bug: ModelBug, caseKey: string): number | null {
    const source = bug.duplicateOf ?? bug;
    const inside = this.#counted.filter((each) => each.bug === source);
    if (!inside.some((each) => each.caseKey === caseKey)) return null;
    if (!inside.some((each) => each.caseKey !== caseKey)) return null;
    const made = this.#newBug({ ...source, madeFor: null });
    Object.assign(made, { state: 'open', closedAt: null, closedIn: null });
    Object.assign(made, { ignoredUntil: null, ignoredUntilCount: null });
    for (const [name, owner] of this.#keys) {
      const [product, key, ofCase] = JSON.parse(name) as [string, string, string | null];
      if (owner !== source) continue;
      if (ofCase === null) this.#keys.set(keyName(product, key, caseKey), made);
      else if (ofCase === caseKey) this.#keys.set(name, made);
    }
    for (const each of inside) if (each.caseKey === caseKey) each.bug = made;
    this.#left.push({ from: source, to: made }, { from: made, to: source });
    return made.id;
  }

  move(report: ModelReport, into: ModelBug): boolean {
    const target = into.duplicateOf ?? into;
    const rows = this.#of(report);
    if (!this.#stored.has(report) || rows.length === 0 || report.product !== target.product) return false;
    for (const row of rows) {
      if (row.bug !== target) this.#left.push({ from: row.bug, to: target });
      row.bug = target;
      row.moved = true;
    }
    return true;
  }

  /** Reports that age takes: all but the newest of each open bug. */
  prunedByAge(isOld: (report: ModelReport) => boolean): ModelReport[] {
    const kept = new Set(
      this.bugs.filter((bug) => this.#lives(bug) && bug.state === 'open').map((bug) => this.newestOf(bug)),
    );
    return [...this.#stored].filter((report) => isOld(report) && !kept.has(report));
  }

  newestOf(bug: ModelBug): ModelReport | null {
    const reports = this.#storedIn(bug).map(({ report }) => report);
    return reports.sort((a, b) => second(b) - second(a) || b.order - a.order)[0] ?? null;
  }

  /** Everything that a store can be asked about a bug, counted from the list. */
  recount(bug: ModelBug): {
    readonly count: number;
    readonly installations: number;
    readonly series: Readonly<Record<string, number>>;
    readonly cases: Readonly<Record<string, number>>;
    readonly values: Readonly<Record<string, number>>;
    readonly versions: Readonly<Record<string, number>>;
    readonly reports: readonly string[];
    readonly firstSeenAt: number;
    readonly lastSeenAt: number;
  } {
    const inside = this.#counted.filter((each) => each.bug === bug);
    const sums = (names: (each: Counted) => readonly string[]): Readonly<Record<string, number>> => {
      const sum: Record<string, number> = {};
      for (const each of inside) for (const name of names(each)) sum[name] = (sum[name] ?? 0) + each.count;
      return sum;
    };
    const times = inside.map(({ report, day }) =>
      seenAt(Date.parse(day) / (24 * 60 * 60 * 1000), report.receivedAt),
    );
    return {
      count: inside.reduce((sum, { count }) => sum + count, 0),
      installations: new Set(inside.flatMap(({ installation }) => installation ?? [])).size,
      series: sums((each) => [`${each.day} ${each.version}`]),
      cases: sums((each) => [each.caseKey]),
      values: sums((each) =>
        this.#stored.has(each.report)
          ? [...new Set(each.values.map(([key, value]) => `${key}=${value}`))]
          : [],
      ),
      versions: sums((each) => [String(each.version)]),
      reports: [...new Set(this.#storedIn(bug).map(({ report }) => report.crashId))].sort(),
      firstSeenAt: Math.min(...times),
      lastSeenAt: Math.max(...times),
    };
  }

  /** Bugs that a list shows. */
  listed(product: string, state: BugState): number[] {
    return this.bugs
      .filter((bug) => bug.product === product && bug.state === state && this.#lives(bug))
      .filter((bug) => this.#countOf(bug) > 0)
      .map(({ id }) => id);
  }

  /** Counts of a product by day and version, and its installations. */
  product(name: string): {
    readonly series: Readonly<Record<string, number>>;
    readonly installations: number;
  } {
    const inside = this.#counted.filter(({ report }) => report.product === name);
    const series: Record<string, number> = {};
    for (const { day, version, count } of inside) {
      series[`${day} ${version}`] = (series[`${day} ${version}`] ?? 0) + count;
    }
    return {
      series,
      installations: new Set(inside.flatMap(({ installation }) => installation ?? [])).size,
    };
  }

  #lives(bug: ModelBug): boolean {
    return bug.duplicateOf === null;
  }

  #of(report: ModelReport): Counted[] {
    return this.#counted.filter((each) => each.report === report).sort((a, b) => a.position - b.position);
  }

  #storedIn(bug: ModelBug): Counted[] {
    return this.#counted.filter((each) => each.bug === bug && this.#stored.has(each.report));
  }

  #countOf(bug: ModelBug): number {
    return this.#counted.filter((each) => each.bug === bug).reduce((sum, { count }) => sum + count, 0);
  }

  #replaced = new Set<Counted>();

  /** The old one counts until the report is through, but it is no longer a stored crash of its bug. */
  #replaceStored(old: Counted | null, counted: Counted): void {
    if (old !== null) this.#replaced.add(old);
    this.#counted.push(counted);
  }

  #hasOther(bug: ModelBug, report: ModelReport | null, position: number): boolean {
    return this.#storedIn(bug).some(
      (each) => !this.#replaced.has(each) && (each.report !== report || each.position !== position),
    );
  }

  #route(
    report: ModelReport,
    crash: ModelCrash,
    before: Counted | null,
  ): { readonly bug: ModelBug; readonly made: boolean } {
    const { product } = report;
    if (before?.moved === true) return this.#stay(before, crash);
    const ofCase = this.#keys.get(keyName(product, crash.key, crash.caseKey));
    if (ofCase !== undefined) return this.#stayOrGo(ofCase, before, crash);
    const old = before?.bug.unprocessable === true ? null : before;
    if (old !== null && this.#keys.get(keyName(product, old.key, old.caseKey)) === old.bug) {
      this.#keys.set(keyName(product, crash.key, crash.caseKey), old.bug);
      return this.#stay(old, crash);
    }
    const general = this.#keys.get(keyName(product, crash.key, null));
    if (general !== undefined) return this.#stayOrGo(general, before, crash);
    if (old !== null && !this.#hasOther(old.bug, report, old.position)) {
      this.#keys.set(keyName(product, crash.key, null), old.bug);
      Object.assign(old.bug, { key: crash.key, title: crash.signature });
      return { bug: old.bug, made: false };
    }
    const bug = this.#newBug({
      product,
      unprocessable: crash.unprocessable,
      key: crash.key,
      title: crash.signature,
      state: old?.bug.state ?? 'open',
      closedAt: old?.bug.closedAt ?? null,
      closedIn: old?.bug.closedIn ?? null,
      ignoredUntil: old?.bug.ignoredUntil ?? null,
      ignoredUntilCount: old?.bug.ignoredUntilCount ?? null,
      duplicateOf: null,
      madeFor: old?.bug ?? null,
    });
    this.#keys.set(keyName(product, crash.key, null), bug);
    return { bug, made: true };
  }

  #stayOrGo(bug: ModelBug, old: Counted | null, crash: ModelCrash): { bug: ModelBug; made: boolean } {
    return old?.bug === bug ? this.#stay(old, crash) : { bug, made: false };
  }

  #stay(old: Counted, crash: ModelCrash): { bug: ModelBug; made: boolean } {
    if (old.signature === old.bug.title) old.bug.title = crash.signature;
    return { bug: old.bug, made: false };
  }

  #newBug(fields: Omit<ModelBug, 'id'>): ModelBug {
    const bug = { ...fields, id: this.bugs.length + 1 };
    this.bugs.push(bug);
    return bug;
  }

  #see({ product, receivedAt }: ModelReport, version: string | null): void {
    const name = `${product} ${version}`;
    this.#versions.set(name, Math.min(this.#versions.get(name) ?? receivedAt, receivedAt));
  }

  #opens(
    bug: ModelBug,
    { product, receivedAt }: ModelReport,
    version: string | null,
    count: number,
  ): boolean {
    if (bug.state === 'ignored') {
      if (bug.ignoredUntil !== null && receivedAt >= bug.ignoredUntil) return true;
      return bug.ignoredUntilCount !== null && count >= bug.ignoredUntilCount;
    }
    if (bug.state !== 'closed' || bug.closedAt === null || receivedAt <= bug.closedAt) return false;
    if (this.mode === 'at_once') return true;
    if (this.mode === 'not_older') {
      if (bug.closedIn === null || version === null) return bug.closedIn === null;
      return this.ageOf(product, version) >= this.ageOf(product, bug.closedIn);
    }
    if (this.mode === 'after_8_hours') return receivedAt >= bug.closedAt + EIGHT_HOURS_MS;
    if (version === null) return false;
    return (
      version === bug.closedIn || (this.#versions.get(`${product} ${version}`) ?? receivedAt) > bug.closedAt
    );
  }

  /** The greater, the newer. */
  ageOf(product: string, version: string): number {
    // Nothing arrives in two versions at one moment, and what never arrived is newer than all that did; of two such names decide.
    if (this.order !== null) return this.order.indexOf(version);
    const seen = this.#versions.get(`${product} ${version}`) ?? Number.MAX_SAFE_INTEGER / 2;
    return seen + VERSIONS.indexOf(version) / VERSIONS.length;
  }

  /** Versions of a bug's crashes, newest first. */
  versionsOf(bug: ModelBug): readonly string[] {
    const names = this.#counted.filter((each) => each.bug === bug).flatMap(({ version }) => version ?? []);
    return [...new Set(names)].sort((a, b) => this.ageOf(bug.product, b) - this.ageOf(bug.product, a));
  }

  #succeed(bug: ModelBug): void {
    if (bug.duplicateOf !== null || this.#hasOther(bug, null, 0)) return;
    const targets = new Set(this.#departures.filter(({ from }) => from === bug).map(({ to }) => to));
    const [other] = targets;
    if (other === undefined || targets.size > 1) return;
    if (other.madeFor !== bug) {
      this.#absorb(bug, other);
      return;
    }
    const { key, title } = other;
    this.#absorb(other, bug);
    Object.assign(bug, { key, title });
  }

  #absorb(from: ModelBug, into: ModelBug): void {
    for (const each of this.#counted) if (each.bug === from) each.bug = into;
    for (const [name, owner] of this.#keys) if (owner === from) this.#keys.set(name, into);
    for (const bug of this.bugs) {
      if (bug.duplicateOf === from) bug.duplicateOf = into;
      if (bug.madeFor === from) bug.madeFor = into;
    }
    const renamed = (bug: ModelBug): ModelBug => (bug === from ? into : bug);
    this.#departures = this.#departures
      .map(({ from: left, to }) => ({ from: renamed(left), to: renamed(to) }))
      .filter(({ from: left, to }) => left !== to);
    from.duplicateOf = into;
    from.madeFor = null;
  }
}

function keyName(product: string, key: string, caseKey: string | null): string {
  return JSON.stringify([product, key, caseKey]);
}

function second({ receivedAt }: ModelReport): number {
  return Math.floor(receivedAt / 1000);
}
