// What would happen, without making it happen: how rules of a product would group its last reports, and which signature a
// stack would get. Everything runs in a thread with a time limit, because rules hold expressions that people wrote.
import type { ProcessedMinidump } from '../../formats/crash/processed-minidump.ts';
import type { ProcessedCrash, ProcessedReport } from '../../report/processed-report.ts';
import type { ProductRules } from '../../store/bugs.ts';
import type { Store } from '../../store/store.ts';
import type { RulesSee } from '../pipeline.ts';
import { withBoundedAnnotations } from '../wanted-parts.ts';
import { readParts } from '../worker/read-parts.ts';
import { JobKilled, ThreadPool } from '../worker/thread-pool.ts';
import type { ThreadTask } from '../worker/thread-protocol.ts';
import { typedStack } from './typed-stack.ts';

const MAX_REPORTS = 500;
const PAGE = 50;
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
  /** What is wrong with the rules, and why not all reports were examined; one sentence each. */
  readonly problems: readonly string[];
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
    const seen = new Comparison();
    let left = Math.min(Math.max(limit, 1), MAX_REPORTS);
    let cursor: string | undefined;
    do {
      const page = await this.#store.reports.listReports(
        { account, product, state: 'processed' },
        { limit: Math.min(PAGE, left), ...(cursor !== undefined && { cursor }) },
      );
      for (const { crashId } of page.rows) {
        if (this.#now() > over)
          return seen.result('The time was up before all of the reports were examined.');
        const killed = await this.#compare(crashId, scope, seen);
        if (killed !== null) return seen.result(killed);
      }
      left -= page.rows.length;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined && left > 0);
    return seen.result(null);
  }

  /** What would be made of a text: a stack trace, JSON of a crash, or native frames, one a line. */
  async signature(text: string, scope: PreviewScope): Promise<SignaturePreview> {
    const now = this.#now();
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
      seen.add(crashId, stored.processed, stored.bugIds, then);
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
  readonly #changes: PreviewChange[] = [];
  readonly #groupsNow = new Set<string>();
  readonly #groupsThen = new Set<string>();
  readonly #problems = new Set<string>();
  #examined = 0;
  #crashes = 0;
  #regrouped = 0;
  #renamed = 0;

  add(crashId: string, was: ProcessedReport, bugIds: readonly number[], then: ProcessedReport): void {
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

  result(problem: string | null): RulesPreview {
    return {
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
