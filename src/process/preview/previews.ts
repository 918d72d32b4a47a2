// What would happen, without making it happen: how rules of a product would group its last reports, and which signature a
// stack would get. Everything runs in a thread with a time limit, because rules hold expressions that people wrote.
import type { ProcessedMinidump } from '../../formats/crash/processed-minidump.ts';
import type { ProcessedCrash, ProcessedReport } from '../../report/processed-report.ts';
import type { FilingPreview, ProductRules } from '../../store/bugs.ts';
import type { Store } from '../../store/store.ts';
import type { RulesSee } from '../pipeline.ts';
import { withBoundedAnnotations } from '../wanted-parts.ts';
import { readParts } from '../worker/read-parts.ts';
import { JobKilled, ThreadPool } from '../worker/thread-pool.ts';
import type { ThreadTask } from '../worker/thread-protocol.ts';

const MAX_REPORTS = 500;
const PAGE = 50;
/** Different moves that are counted; a preview tells the largest. */
const MAX_KEPT_MOVES = 20_000;
const MAX_CHANGES = 100;
const MAX_TEXT = 512 * 1024;
const TIMEOUT_MS = 10_000;
const MAX_HEAP_MB = 256;
const IDLE_MS = 10_000;

/** How a crash is named and grouped. */
export type NamedCrash = Pick<ProcessedCrash, 'signature' | 'grouping'>;

/** A crash that would be named or grouped otherwise. */
export interface PreviewChange {
  readonly crashId: string;
  /** The bug that it is filed under now; null where that is not known. */
  readonly bugId: number | null;
  readonly was: NamedCrash;
  readonly becomes: NamedCrash;
}

/** What rules would do to the newest reports of a product. */
export interface RulesPreview {
  readonly examined: number;
  /** Crashes in them, and how many would get another key, and another signature. */
  readonly crashes: number;
  readonly regrouped: number;
  readonly renamed: number;
  /** How many groups the examined crashes form now, and would form. */
  readonly groupsNow: number;
  readonly groupsThen: number;
  /** At most 100 of the crashes that would change, newest first. */
  readonly changes: readonly PreviewChange[];
  /** Where crashes would go if their reports were processed again, the largest first; those that stay are not among them. */
  readonly moves: readonly PreviewMove[];
  /** What is wrong with the rules, and why not all reports were examined; one sentence each. */
  readonly problems: readonly string[];
}

/** Crashes of one bug that would go to another one. */
export interface PreviewMove {
  readonly from: { readonly bugId: number; readonly title: string };
  /** `bugId` null: a new bug. */
  readonly to: { readonly bugId: number | null; readonly title: string };
  /** The key that leads there. */
  readonly key: string;
  readonly crashes: number;
  /** True where all stored crashes of the bug go: it becomes one with the other, or keeps its number under the new key. */
  readonly becomesWhole: boolean;
}

interface CountedMove extends Pick<PreviewMove, 'key' | 'crashes' | 'becomesWhole'> {
  readonly from: number;
  readonly to: number | null;
  readonly title: string;
}

/** A reprocessing that is tried out, report by report. */
export interface Reprocessing {
  /** Null, or why this report could not be processed. */
  readonly add: (crashId: string) => Promise<string | null>;
  readonly sum: () => Promise<RulesPreview>;
}

/** What the processor would make of a stack. */
export interface SignaturePreview {
  readonly crashes: readonly Pick<
    ProcessedCrash,
    'kind' | 'signature' | 'signatureSteps' | 'message' | 'grouping'
  >[];
  /** Why nothing could be made of it; null where something could. */
  readonly problem: string | null;
  readonly notes: readonly string[];
}

/** Where to look, and with which rules. */
export interface PreviewScope {
  readonly account: string;
  readonly product: string;
  /** Rules to try; absent: those that the product has. */
  readonly rules?: ProductRules;
}

/** Rules to try, and what they may look at. */
export interface RulesToTry extends Required<PreviewScope> {
  /** Null or absent: everything. */
  readonly rulesSee?: RulesSee | null;
}

export interface PreviewsOptions {
  readonly store: Pick<Store, 'queue' | 'reports' | 'bugs'>;
  readonly now?: () => number;
  /** Milliseconds for one report; and for a whole preview, which then tells what it has seen. */
  readonly timeoutMs?: number;
  readonly totalMs?: number;
}

/** Previews for the reports role; one thread, which starts when it is needed and ends when it is not. */
export class Previews {
  readonly #store: PreviewsOptions['store'];
  readonly #now: () => number;
  readonly #totalMs: number;
  readonly #pool: ThreadPool;

  constructor({ store, now = Date.now, timeoutMs = TIMEOUT_MS, totalMs = 2 * TIMEOUT_MS }: PreviewsOptions) {
    this.#store = store;
    this.#now = now;
    this.#totalMs = totalMs;
    this.#pool = new ThreadPool({
      size: 1,
      idleMs: IDLE_MS,
      timeoutMs,
      maxHeapMb: MAX_HEAP_MB,
      // Stored dumps are not walked again, and a typed stack has its names.
      symbols: null,
    });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Tries rules on the newest processed reports of a product, at most `limit` (500). Nothing is stored. */
  async rules(scope: RulesToTry, limit: number): Promise<RulesPreview> {
    const { account, product } = scope;
    const over = this.#now() + this.#totalMs;
    const seen = new Comparison(this.#store.bugs.previewFiling());
    let left = Math.min(Math.max(limit, 1), MAX_REPORTS);
    let cursor: string | undefined;
    do {
      const page = await this.#store.reports.listReports(
        { account, product, state: 'processed' },
        { limit: Math.min(PAGE, left), ...(cursor !== undefined && { cursor }) },
      );
      for (const { crashId } of page.rows) {
        if (this.#now() > over)
          return this.#result(seen, 'The time was up before all of the reports were examined.');
        const killed = await this.#compare(crashId, scope, seen);
        if (killed !== null) return this.#result(seen, killed);
      }
      left -= page.rows.length;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined && left > 0);
    return this.#result(seen, null);
  }

  /**
   * What processing reports again would do today, with the rules that their products have; the caller chooses the reports and asks for
   * the sum in between or at the end. Nothing is stored.
   */
  reprocessing(): Reprocessing {
    const seen = new Comparison(this.#store.bugs.previewFiling());
    return {
      add: async (crashId) => {
        const stored = await this.#stored(crashId);
        if (stored === null || stored.processed === null) return null;
        const { account, product } = stored.task.report;
        const rules = await this.#store.bugs.productRules(account, product);
        return this.#compare(crashId, { account, product, rules }, seen);
      },
      sum: () => this.#result(seen, null),
    };
  }

  async #result(seen: Comparison, problem: string | null): Promise<RulesPreview> {
    const titles = new Map<number, string>();
    const { moves, ...result } = await seen.result(problem);
    const titleOf = async (id: number): Promise<string> => {
      const known = titles.get(id) ?? (await this.#store.bugs.getBug(id))?.title ?? '';
      titles.set(id, known);
      return known;
    };
    const told: PreviewMove[] = [];
    for (const { from, to, title, ...move } of moves) {
      told.push({
        ...move,
        from: { bugId: from, title: await titleOf(from) },
        to: { bugId: to, title: to === null ? title : await titleOf(to) },
      });
    }
    return { ...result, moves: told };
  }

  /** What would be made of a text: a stack trace, JSON of a crash, or native frames, one a line. */
  async signature(text: string, scope: PreviewScope): Promise<SignaturePreview> {
    const now = this.#now();
    // The readers of every language's traces, which this thread needs for nothing else.
    const { typedStack } = await import('./typed-stack.ts');
    return this.#preview({ ...typedStack(text.slice(0, MAX_TEXT), { ...scope, now }), notes: [] }, scope);
  }

  /** What would be made of a stored report today; null where it is not there. */
  async signatureOf(crashId: string, rules?: ProductRules): Promise<SignaturePreview | null> {
    const stored = await this.#stored(crashId);
    if (stored === null) return null;
    const { account, product } = stored.task.report;
    return this.#preview(stored.task, { account, product, ...(rules !== undefined && { rules }) });
  }

  async #preview(
    task: Pick<ThreadTask, 'report' | 'parts' | 'notes' | 'walked'>,
    { account, product, rules }: PreviewScope,
  ): Promise<SignaturePreview> {
    const used = rules ?? (await this.#store.bugs.productRules(account, product));
    try {
      const processed = await this.#run(task, used);
      return {
        crashes: processed.crashes.map(({ kind, signature, signatureSteps, message, grouping }) => ({
          kind,
          signature,
          signatureSteps,
          message,
          grouping,
        })),
        problem: processed.problem,
        notes: processed.notes,
      };
    } catch (error) {
      if (!(error instanceof JobKilled)) throw error;
      return { crashes: [], problem: error.message, notes: [] };
    }
  }

  /** Null, or why the preview ends here. */
  async #compare(
    crashId: string,
    { rules, rulesSee = null }: RulesToTry,
    seen: Comparison,
  ): Promise<string | null> {
    const stored = await this.#stored(crashId);
    if (stored === null || stored.processed === null) return null;
    try {
      const then = await this.#run({ ...stored.task, rulesSee }, rules);
      await seen.add(crashId, stored.processed, stored.bugIds, then);
      return null;
    } catch (error) {
      if (!(error instanceof JobKilled)) throw error;
      return `With these rules the report ${crashId} could not be processed: ${error.message}.`;
    }
  }

  async #stored(crashId: string): Promise<{
    readonly task: Pick<ThreadTask, 'report' | 'parts' | 'notes' | 'walked'>;
    readonly processed: ProcessedReport | null;
    readonly bugIds: readonly number[];
  } | null> {
    const report = await this.#store.reports.getReport(crashId);
    if (report === null) return null;
    const found = await this.#store.queue.getProcessed(crashId);
    const walked = (found?.processed.minidumps ?? {}) as Readonly<Record<string, ProcessedMinidump>>;
    // Dumps that were walked need not be read.
    const unread = {
      ...report,
      attachments: report.attachments.filter(({ name }) => !Object.hasOwn(walked, name)),
    };
    const bounded = withBoundedAnnotations(report);
    const { parts, notes } = await readParts(this.#store.reports, unread, MAX_HEAP_MB);
    return {
      task: { report: bounded.report, parts, notes: [...notes, ...bounded.notes], walked },
      processed: found?.processed ?? null,
      bugIds: found?.bugIds ?? [],
    };
  }

  #run(
    task: Pick<ThreadTask, 'report' | 'parts' | 'notes' | 'walked' | 'rulesSee'>,
    rules: ProductRules,
  ): Promise<ProcessedReport> {
    const whole: ThreadTask = { ...task, rules, processor: 'preview', now: this.#now() };
    return this.#pool.run({ small: true, once: true, load: () => whole });
  }
}

/** Adds up what differs. */
class Comparison {
  readonly #filing: FilingPreview;
  readonly #moves = new Map<string, Omit<CountedMove, 'becomesWhole'>>();
  readonly #changes: PreviewChange[] = [];
  readonly #groupsNow = new Set<string>();
  readonly #groupsThen = new Set<string>();
  readonly #problems = new Set<string>();
  #examined = 0;
  #crashes = 0;
  #regrouped = 0;
  #renamed = 0;

  constructor(filing: FilingPreview) {
    this.#filing = filing;
  }

  async add(
    crashId: string,
    was: ProcessedReport,
    bugIds: readonly number[],
    then: ProcessedReport,
  ): Promise<void> {
    await this.#addMoves(crashId, then);
    this.#examined += 1;
    for (const note of then.notes)
      if (
        note.startsWith('grouping rule ') ||
        note.startsWith('frame rule ') ||
        note.includes(' is not a usable regular expression')
      )
        this.#problems.add(note);
    for (const [index, becomes] of then.crashes.entries()) {
      const before = was.crashes[index];
      if (before === undefined) continue;
      this.#crashes += 1;
      this.#groupsNow.add(before.grouping.key);
      this.#groupsThen.add(becomes.grouping.key);
      // A key of an earlier version leads to the same bug.
      const isRegrouped =
        before.grouping.key !== becomes.grouping.key &&
        becomes.grouping.aliases?.includes(before.grouping.key) !== true;
      const isRenamed = before.signature !== becomes.signature;
      this.#regrouped += Number(isRegrouped);
      this.#renamed += Number(isRenamed);
      if ((isRegrouped || isRenamed) && this.#changes.length < MAX_CHANGES) {
        const bugId = bugIds[index] ?? null;
        this.#changes.push({ crashId, bugId, was: named(before), becomes: named(becomes) });
      }
    }
  }

  async #addMoves(crashId: string, then: ProcessedReport): Promise<void> {
    for (const { from, to, key, title } of await this.#filing.file(crashId, then)) {
      if (from === null || from === to) continue;
      const name = `${from} ${to ?? key}`;
      const known = this.#moves.get(name);
      if (known === undefined && this.#moves.size >= MAX_KEPT_MOVES) continue;
      this.#moves.set(name, { from, to, title, key, crashes: (known?.crashes ?? 0) + 1 });
    }
  }

  async #movesOf(): Promise<readonly CountedMove[]> {
    const largest = [...this.#moves.values()].toSorted((a, b) => b.crashes - a.crashes).slice(0, MAX_CHANGES);
    const told: CountedMove[] = [];
    for (const move of largest) {
      const all = await this.#filing.storedCrashes(move.from);
      told.push({ ...move, becomesWhole: move.crashes >= all });
    }
    return told;
  }

  async result(
    problem: string | null,
  ): Promise<Omit<RulesPreview, 'moves'> & { readonly moves: readonly CountedMove[] }> {
    return {
      moves: await this.#movesOf(),
      examined: this.#examined,
      crashes: this.#crashes,
      regrouped: this.#regrouped,
      renamed: this.#renamed,
      groupsNow: this.#groupsNow.size,
      groupsThen: this.#groupsThen.size,
      changes: this.#changes,
      problems: [...this.#problems, ...(problem === null ? [] : [problem])],
    };
  }
}

function named({ signature, grouping }: ProcessedCrash): NamedCrash {
  return { signature, grouping };
}
