// What products decide about the time of dumps and protected annotations, on all stored reports: passes from the newest report to the oldest, some
// reports a step, each step in a transaction, which looks at what it changes. Another process may do the same; what went is not found again.
// States: resting until a pass is due → looking (from the newest report down) → resting.
import { dumpFate, annotationsAreOver } from '../../filing/dump-fate.ts';
import type { HeldDumps } from '../../filing/dump-fate.ts';
import { dataRulesOf, type DataRules } from '../../../report/privacy/data-rules.ts';
import type { GoneDumps, ReportState } from '../../../report/report.ts';
import { unpackProcessed } from '../../shared/packed-report.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { errorCode, isLackOfSpace } from '../disk/storage-error.ts';
import { requeueReports } from '../queue/requeue.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { inTransaction } from '../write/in-transaction.ts';
import type { Writer } from '../write/in-transaction.ts';
import { dropParts } from './drop-parts.ts';

/** Rows that one step looks at. */
const LOOKED_AT = 500;
/** Reports that one step takes parts from: each may have some hundred kilobytes to be moved. */
const CHANGED_AT_ONCE = 10;
/** A pass begins so long after the one before. */
export const PASS_INTERVAL_MS = 10 * 60_000;

interface LimitedProduct {
  readonly id: number;
  readonly dataRules: string;
  readonly publicAnnotations: string;
}

const limited = query<[], LimitedProduct>(`
  SELECT id, data_rules AS dataRules, public_annotations AS publicAnnotations FROM products WHERE data_rules <> '{}'`);

interface Row {
  readonly id: number;
  readonly crashId: string;
  readonly productId: number;
  readonly state: ReportState;
  readonly receivedAt: number;
  readonly pinned: number;
}

/** What may not open, where the row was damaged: asked for each report by itself. */
interface Parts {
  readonly hasDump: number;
  readonly gone: string | null;
}

const before = query<[id: number, limit: number], Row>(`
  SELECT reports.id, reports.crash_id AS crashId, kinds.product_id AS productId, reports.state, reports.received_at AS receivedAt,
    reports.pinned
  FROM reports JOIN kinds ON kinds.id = reports.kind_id WHERE reports.id < ? ORDER BY reports.id DESC LIMIT ?`);
const partsOf = query<[id: number], Parts>(`
  SELECT opened(reports.gone, 'reports.gone') AS gone,
    (instr(opened(reports.attachments, 'reports.attachments'), '"kind":"minidump"') > 0 OR EXISTS (
      SELECT 1 FROM joined_attachments WHERE identity = reports.identity AND kind = 'minidump')) AS hasDump
  FROM reports WHERE id = ?`);
const wasProcessed = query<[id: number], number>(`SELECT 1 FROM processed_reports WHERE report_id = ?`);

const lacks = query<[id: number], number>(`SELECT 1 FROM report_missing WHERE report_id = ? LIMIT 1`);
const bugsOf = query<[id: number], number>(`
  SELECT DISTINCT cases.bug_id FROM report_crashes JOIN cases ON cases.id = report_crashes.case_id WHERE report_id = ?`);
const processedOf = query<[id: number], { readonly data: Uint8Array; readonly bytes: number }>(`
  SELECT opened(data, 'processed_reports.data') AS data, bytes FROM processed_reports WHERE report_id = ?`);
const publicNames = query<[], string>(
  `SELECT CAST(value AS TEXT) FROM settings WHERE name = 'public_annotations'`,
);
const storeNames = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('public_annotations', CAST(? AS BLOB))
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);

/** Written down by servers: a command may have another list in its environment, and would take away what the server shows to everybody. */
export function notePublicAnnotations(connection: Connection, names: readonly string[]): void {
  const text = JSON.stringify(names.toSorted());
  if (publicNames(connection).pluck().get() !== text) storeNames(connection).run(text);
}

/** What one step did. */
export interface KeepStep {
  /** Reports that lost dumps, and that lost annotations. */
  readonly dumps: number;
  readonly annotations: number;
  /** Reports that cannot lose theirs, in sentences; each is told once. */
  readonly troubles: readonly string[];
}

const NOTHING: KeepStep = { dumps: 0, annotations: 0, troubles: [] };
/** Reports that cannot lose parts and are passed over; more of them mean that something else is wrong. */
const MAX_SKIPPED = 1000;
const FROM_NEWEST = Number.MAX_SAFE_INTEGER;

/** One for each writer thread: it remembers how far its pass has come. */
export class KeepRules {
  #before = FROM_NEWEST;
  /** Of each bug, how many reports of this pass keep their dumps. */
  #held = new Map<number, number>();
  /** Reports that could not lose parts in this pass. */
  readonly #skipped = new Set<number>();
  /** Those that were told of. */
  readonly #told = new Set<number>();

  /**
   * One step of a pass; null: it has come to its end, and the next step begins another one. `now` in milliseconds since 1970. A report that cannot lose
   * parts (its pack is damaged or gone) stays as it is, and the others go on. Throws SQLite's error, or that of a full disk.
   */
  async step(writer: Writer, now: number): Promise<KeepStep | null> {
    const products = limitedProducts(writer.connection);
    if (products.size === 0) return this.#end();
    const rows = before(writer.connection).all(this.#before, LOOKED_AT);
    if (rows.length === 0) return this.#end();
    if (!rows.some(({ productId }) => products.has(productId))) {
      this.#before = rows.at(-1)?.id ?? 0;
      return NOTHING;
    }
    const troubles: string[] = [];
    for (;;) {
      const held = new Overlay(this.#held);
      const [from, skipped] = [this.#before, this.#skipped];
      try {
        const { step, last } = await inTransaction(writer, (context) =>
          look(context, products, { from, held, skipped, now }),
        );
        held.keep();
        this.#before = last;
        return { ...step, troubles };
      } catch (error) {
        if (!(error instanceof PartsStay) || skipped.size >= MAX_SKIPPED) {
          this.#end();
          throw error instanceof PartsStay ? error.cause : error;
        }
        // All of the step was rolled back; the next try passes this one over.
        skipped.add(error.id);
        if (this.#told.has(error.id)) continue;
        if (this.#told.size >= MAX_SKIPPED) this.#told.clear();
        this.#told.add(error.id);
        troubles.push(error.message);
      }
    }
  }

  #end(): null {
    this.#before = FROM_NEWEST;
    this.#held = new Map();
    this.#skipped.clear();
    return null;
  }
}

/** One report cannot lose parts. */
class PartsStay extends Error {
  readonly id: number;

  constructor({ id, crashId }: Row, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`parts of the report ${crashId} could not be taken away, as its product decided: ${why}`, {
      cause,
    });
    this.id = id;
  }
}

/** What a step counts, until it is committed. */
class Overlay implements HeldDumps {
  readonly #below: Map<number, number>;
  readonly #changed = new Map<number, number>();

  constructor(below: Map<number, number>) {
    this.#below = below;
  }

  get(bug: number): number | undefined {
    return this.#changed.get(bug) ?? this.#below.get(bug);
  }

  set(bug: number, count: number): Map<number, number> {
    return this.#changed.set(bug, count);
  }

  keep(): void {
    for (const [bug, count] of this.#changed) this.#below.set(bug, count);
  }
}

interface Limits {
  readonly rules: DataRules;
  /** Null: no server has said what everybody may see, so that nothing is known to be protected. */
  readonly isPublic: ((name: string) => boolean) | null;
}

function limitedProducts(connection: Connection): ReadonlyMap<number, Limits> {
  const general = publicNames(connection).pluck().get();
  const all = new Map<number, Limits>();
  for (const { id, dataRules, publicAnnotations } of limited(connection).all()) {
    const rules = dataRulesOf(dataRules);
    if (rules.dumps === 'all' && rules.protectedDays === null) continue;
    const names =
      general === undefined
        ? null
        : new Set([...(JSON.parse(general) as string[]), ...(JSON.parse(publicAnnotations) as string[])]);
    all.set(id, { rules, isPublic: names === null ? null : (name) => names.has(name) });
  }
  return all;
}

async function look(
  context: WriteContext,
  products: ReadonlyMap<number, Limits>,
  {
    from,
    held,
    skipped,
    now,
  }: {
    readonly from: number;
    readonly held: HeldDumps;
    readonly skipped: ReadonlySet<number>;
    readonly now: number;
  },
): Promise<{ readonly step: Omit<KeepStep, 'troubles'>; readonly last: number }> {
  const { connection, ledger } = context;
  // What was filed a moment ago may not be written yet.
  await ledger.flush();
  let dumps = 0;
  let annotations = 0;
  let last = from;
  for (const row of before(connection).all(from, LOOKED_AT)) {
    last = row.id;
    const limits = products.get(row.productId);
    if (limits === undefined || skipped.has(row.id)) continue;
    try {
      const { hasDump = 0, gone = null } = partsOf(connection).get(row.id) ?? {};
      if (hasDump === 1 && (await dropDumps(context, row, limits.rules, { held, now }))) dumps += 1;
      if (dropAnnotations(context, { ...row, gone }, limits, now)) annotations += 1;
    } catch (error) {
      // What is no fault of the report would befall the next one, too.
      if (isLackOfSpace(error) || errorCode(error).startsWith('SQLITE_')) throw error;
      throw new PartsStay(row, error);
    }
    if (dumps + annotations >= CHANGED_AT_ONCE) break;
  }
  return { step: { dumps, annotations }, last };
}

async function dropDumps(
  context: WriteContext,
  { id, state, pinned, receivedAt }: Row,
  rules: DataRules,
  { held, now }: { readonly held: HeldDumps; readonly now: number },
): Promise<boolean> {
  const { connection } = context;
  const holder = {
    ...{ state, receivedAt, pinned: pinned === 1, lacksSymbols: lacks(connection).get(id) !== undefined },
    bugs: bugsOf(connection).pluck().all(id),
  };
  const why = dumpFate(holder, rules, { now, held });
  if (why === null) return false;
  const walked = why === 'walked' ? await walkedDumps(connection, id) : null;
  return dropParts(
    context,
    id,
    {
      attachment: ({ name, kind }) => kind === 'minidump' && (walked === null || walked.has(name)),
      annotation: () => false,
      gone: ({ attachments: names }) => ({ dumps: { at: now, why, names } satisfies GoneDumps }),
    },
    now,
  );
}

/** Names of the dumps that the last processing has read: others wait for a better processor. */
async function walkedDumps(connection: Connection, id: number): Promise<ReadonlySet<string>> {
  const row = processedOf(connection).get(id);
  if (row === undefined) return new Set();
  const { minidumps, status } = await unpackProcessed(row.data, row.bytes);
  if (status !== 'processed') return new Set();
  const read = Object.entries(minidumps).filter(
    ([, dump]) => typeof dump === 'object' && dump !== null && 'status' in dump && dump.status === 'OK',
  );
  return new Set(read.map(([name]) => name));
}

/** A payload holds what its annotations were read from, and goes with them. */
function dropAnnotations(
  context: WriteContext,
  row: Row & Pick<Parts, 'gone'>,
  { rules, isPublic }: Limits,
  now: number,
): boolean {
  const { id, crashId, state, pinned, receivedAt, gone } = row;
  if (isPublic === null || !annotationsAreOver({ state, pinned: pinned === 1, receivedAt }, rules, now))
    return false;
  if (gone !== null && gone.includes('"annotations"')) return false;
  const changed = dropParts(
    context,
    id,
    {
      attachment: ({ kind }) => kind === 'payload',
      annotation: ({ key }) => !isPublic(key),
      gone: ({ annotations: count }) => ({ annotations: { at: now, count } }),
    },
    now,
  );
  // What was understood of it is stripped of them, too (processed again, from what is left).
  // One that failed when it was processed again has what was understood before, too.
  if (changed && wasProcessed(context.connection).get(id) !== undefined)
    requeueReports(context, [crashId], now);
  return changed;
}
