// What the writer thread does when no batch waits: search index, pruning ahead, removals, sweeping, giving space back.
// Everything goes in short steps between which batches are served.
// States: resting (a look every second) ⇄ stepping (a step at a time, as long as there is something to do).
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { PruneResult } from '../../store.ts';
import { hasDataKey } from '../database/data-keys.ts';
import { sealFromStart } from '../database/sealing-behind.ts';
import { noteLife, SIGN_INTERVAL_MS } from '../database/lifetime.ts';
import { forgetAudit } from '../audit/audit-rows.ts';
import { erasureWaits, forgetErasures, stepErasure } from '../erasures/erasure-steps.ts';
import { endIgnoring } from '../../filing/actions.ts';
import { KeepRules, PASS_INTERVAL_MS } from '../retention/keep-rules.ts';
import type { KeepStep } from '../retention/keep-rules.ts';
import { rewordBugs } from '../../filing/reword.ts';
import { foldLabels, isCrowded } from '../../filing/fold-labels.ts';
import type { LabelCrowd } from '../../filing/rows.ts';
import { forgetBugs } from '../../filing/forget-bugs.ts';
import { dayOf } from '../../shared/days.ts';
import { forgetErased, lastErased } from '../journal/journal-rows.ts';
import { writeJournalFile } from '../journal/journal-file.ts';
import { hasReserve, keepReserve, reserveBytesFor } from '../disk/reserve.ts';
import { packBytesFor } from '../disk/folder-layout.ts';
import { boundDeliveries } from '../notifications/outbox.ts';
import { inTransaction } from '../write/in-transaction.ts';
import type { Writer } from '../write/in-transaction.ts';
import { forgetFactKeys, forgetUnusedKeys } from '../search/forget-fact-keys.ts';
import { forgetInstallations } from '../write/product-installations.ts';
import { removeIdleProducts } from '../write/idle-products.ts';
import { bugsToKeep } from '../write/bugs-to-keep.ts';
import { forgetWaiting } from '../joined/join-attachments.ts';
import { forgetOldSessions } from '../sessions/write-sessions.ts';
import { hastenRemovals, removalsAreDue, workOffRemovals } from '../write/removals.ts';
import { indexWords, wordsArePending } from '../write/index-words.ts';
import { Purge, purgeIsDue } from '../write/purge.ts';
import type { PurgeStep } from '../write/purge.ts';
import { pruneAged } from '../write/prune-reports.ts';
import type { PruneStep } from '../write/prune-reports.ts';
import { forgetOld, recountTotals } from '../write/recount.ts';
import type { Room } from '../write/room.ts';
import { SealingBehind, sealingIsDue } from '../write/seal-behind.ts';
import type { SealStep } from '../write/seal-behind.ts';
import { sweep } from '../write/sweep.ts';
import type { FromThread, ThreadSettings } from './protocol.ts';
import type { Turns } from './turns.ts';

const REST_MS = 1000;
const SOON_MS = 40;
/** A batch so short ago means that more are coming. */
const BUSY_MS = 20;
/** Reports indexed, or removals worked off, in one step while batches keep coming (at most one such step in `REST_MS`), and otherwise. */
const BUSY_STEP = 32;
const IDLE_STEP = 128;
/** Index entries take about as much as the text, at first. */
const ROOM_FOR_STEP = { rows: 512 * 1024, files: 0 };
/** So much must fit before a full store takes reports again. */
const ROOM_TO_OPEN = { rows: 64 * 1024, files: 0 };
/** No reports go for a large file that is needed for a while only. */
const NO_ROOM = 'the store has no room for a sealed copy beside it.';
const AGE_INTERVAL_MS = 60_000;
/** Each reads some processed reports. */
const REWORDED_AT_ONCE = 8;
/** What has to wait, or failed, is tried again after this. */
const AGAIN_MS = 30_000;
/** `mayday prune` tries so often, so long apart, while a reader keeps the log. */
const PURGE_TRIES = 100;
const PURGE_PAUSE_MS = 50;
const SWEEP_INTERVAL_MS = 10 * 60_000;
/** Labels that are many are looked at with what is aged, all of them this often. */
const LABELS_INTERVAL_MS = 6 * 3_600_000;

/** What housekeeping works with. */
export interface HousekeepingSettings {
  readonly settings: ThreadSettings;
  readonly room: Room;
  /** Every step takes its turn among the batches. */
  readonly turns: Turns;
  /** The writer changes when its connection had to be opened again. */
  readonly writer: () => Writer;
  readonly tell: (message: FromThread) => void;
  /** Hears of an error; says whether to go on later. */
  readonly failed: (error: unknown) => void;
  /** Another process encrypted the database: nothing may be written by this one any more. */
  readonly unusable: () => void;
}

export class Housekeeping {
  readonly #parts: HousekeepingSettings;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = 0;
  #lookDueAt = Number.NEGATIVE_INFINITY;
  #lastBatchAt = Number.NEGATIVE_INFINITY;
  #lastBusyStepAt = Number.NEGATIVE_INFINITY;
  #ageDueAt = 0;
  #sweepDueAt = 0;
  #sweeping: Generator<number> | null = null;
  #stopped = false;
  #signDueAt = 0;
  #labelsDueAt = 0;
  /** Versions and platforms of products that are still to be looked at. */
  #crowds: LabelCrowd[] = [];
  #counted = false;
  #lastBusyChoreAt = Number.NEGATIVE_INFINITY;
  #purgeDueAt = Number.NEGATIVE_INFINITY;
  #sealDueAt = Number.NEGATIVE_INFINITY;
  readonly #purge = new Purge(forgetUnusedKeys);
  #purging = false;
  /** The last line of the erasure journal that its file has. */
  #journaled = 0;
  #journalDueAt = Number.NEGATIVE_INFINITY;
  readonly #keepRules = new KeepRules();
  #keepDueAt = Number.NEGATIVE_INFINITY;

  readonly #sealing: SealingBehind;

  constructor(parts: HousekeepingSettings) {
    this.#parts = parts;
    this.#sealing = new SealingBehind(packBytesFor(parts.settings.maxBytes), (message) =>
      parts.tell({ kind: 'trouble', message }),
    );
  }

  /** Begins. */
  start(): void {
    this.#wakeIn(SOON_MS);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** A batch was committed: there may be something to index soon. */
  batchDone(): void {
    this.#lastBatchAt = performance.now();
    if (this.#parts.settings.housekeeping && this.#dueAt > this.#lastBatchAt + SOON_MS) this.#wakeIn(SOON_MS);
  }

  /** All of it at once, for `mayday prune`: by age, by size, sweep. */
  async maintain(): Promise<PruneResult> {
    const { room, turns, writer, settings } = this.#parts;
    let reports = 0;
    let bytes = 0;
    let orphanFiles = 0;
    for (;;) {
      const step = await turns.take(() => pruneAged(writer(), settings.keepDays, Date.now()));
      if (step.reports === 0) break;
      reports += step.reports;
      bytes += step.bytes;
      this.#pruned(step, 'age');
      await turn();
    }
    // What follows makes room for itself already.
    const before = room.prunedSoFar;
    // A pass that is under way has passed what changed meanwhile: after its end, one over everything.
    while ((await turns.take(() => this.#keepSome())) !== null) await turn();
    while ((await turns.take(() => this.#keepSome())) !== null) await turn();
    await turns.take(() => this.#findCrowds(true));
    while (await turns.take(() => this.#foldSome())) await turn();
    while ((await turns.take(() => this.#removeIdle())) > 0) await turn();
    while ((await turns.take(() => this.#forgetInstallations())) > 0) await turn();
    while ((await turns.take(() => this.#forgetAudit())) > 0) await turn();
    while (await turns.take(() => this.#eraseSome())) await turn();
    await turns.take(() => this.#journalSome()).catch((error: unknown) => this.#parts.failed(error));
    while ((await turns.take(() => this.#rewordSome())) > 0) await turn();
    await turns.take(() => inTransaction(writer(), forgetFactKeys));
    await turns.take(() => room.make(writer(), { rows: 0, files: 0 }));
    reports += room.prunedSoFar.reports - before.reports;
    bytes += room.prunedSoFar.bytes - before.bytes;
    await turns.take(() => inTransaction(writer(), hastenRemovals));
    while (removalsAreDue(writer().connection, Date.now())) {
      await turns.take(() => this.#workOff(IDLE_STEP));
      await turn();
    }
    await turns.take(() => inTransaction(writer(), ({ connection }) => noteLife(connection, Date.now())));
    const sweeping = this.#sweepNow();
    for (;;) {
      const removed = await turns.take(() => sweeping.next());
      if (removed.done === true) break;
      orphanFiles += removed.value;
      await turn();
    }
    for (let tries = 0; sealingIsDue(writer().connection) && tries < PURGE_TRIES;) {
      const step = await turns.take(async () => {
        const done = await this.#sealStep();
        if (removalsAreDue(writer().connection, Date.now())) await this.#workOff(IDLE_STEP);
        return done;
      });
      if (step === 'held') tries += 1;
      await sleep(step === 'held' ? PURGE_PAUSE_MS : 0);
    }
    while (await turns.take(() => room.tidyPacks(writer(), { all: true }))) await turn();
    while (await turns.take(() => room.tidy(writer()))) await turn();
    for (let tries = 0; tries < PURGE_TRIES;) {
      const step = await turns.take(() => this.#purgeSome(0));
      if (step !== 'more' && step !== 'held') break;
      // Most readers keep the log for a moment.
      if (step === 'held') tries += 1;
      await sleep(step === 'held' ? PURGE_PAUSE_MS : 0);
    }
    this.#parts.tell({ kind: 'disk', disk: { full: room.full, short: room.short } });
    return { reports, bytes, orphanFiles };
  }

  #wakeIn(ms: number): void {
    if (this.#stopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dueAt = performance.now() + ms;
    this.#timer = setTimeout(() => void this.#wake(), ms);
  }

  async #wake(): Promise<void> {
    try {
      this.#wakeIn(await this.#parts.turns.take(() => this.#step()));
    } catch (error) {
      this.#parts.failed(error);
      this.#wakeIn(REST_MS);
    }
  }

  /** One step of the most urgent work; gives when the next is due. */
  async #step(): Promise<number> {
    const { room, writer, settings, tell } = this.#parts;
    if (!this.#counted) {
      await inTransaction(writer(), recountTotals);
      this.#counted = true;
    }
    const now = performance.now();
    if (now >= this.#lookDueAt) {
      this.#lookDueAt = now + REST_MS;
      if (!settings.encrypted && hasDataKey(writer().connection)) {
        this.stop();
        // What was written in clear since then may lie behind what is sealed already.
        await inTransaction(writer(), ({ connection }) => sealFromStart(connection));
        this.#parts.unusable();
        return REST_MS;
      }
    }
    const busy = now - this.#lastBatchAt < BUSY_MS;
    if (busy && now - this.#lastBusyChoreAt >= REST_MS) {
      this.#lastBusyChoreAt = now;
      // Under a load that never ends all else would wait for ever.
      if (await this.#deleteSome(now)) return SOON_MS;
    }
    if (busy && now - this.#lastBusyStepAt < REST_MS) return SOON_MS;
    if (removalsAreDue(writer().connection, Date.now())) {
      this.#lastBusyStepAt = now;
      await this.#workOff(busy ? BUSY_STEP : IDLE_STEP);
      return busy ? SOON_MS : 0;
    }
    // What was kept back for removing is not for the search index.
    if (hasReserve(writer().layout) && wordsArePending(writer().connection)) {
      this.#lastBusyStepAt = now;
      await room.make(writer(), ROOM_FOR_STEP);
      await indexWords(writer(), busy ? BUSY_STEP : IDLE_STEP);
      return busy ? SOON_MS : 0;
    }
    if (busy) return SOON_MS;
    if (now >= this.#ageDueAt) {
      const step = await pruneAged(writer(), settings.keepDays, Date.now());
      this.#pruned(step, 'age');
      if (step.reports > 0) return 0;
      const keep = bugsToKeep(settings.maxBytes);
      const forgotten = await inTransaction(writer(), ({ ledger }) => forgetBugs(ledger, keep));
      if (forgotten > 0) return 0;
      if ((await this.#removeIdle()) > 0) return 0;
      if ((await this.#forgetInstallations()) > 0) return 0;
      if ((await this.#forgetAudit()) > 0) return 0;
      await inTransaction(writer(), async (context) => {
        forgetOld(context, Date.now());
        forgetOldSessions(context, Date.now());
        forgetWaiting(context, Date.now());
        forgetErasures(context, Date.now());
        forgetErased(context.connection);
        await endIgnoring(context.ledger, Date.now());
        boundDeliveries(context);
        // Before any sweep: it must know of a silence of the database.
        if (now >= this.#signDueAt) noteLife(context.connection, Date.now());
      });
      if (now >= this.#signDueAt) this.#signDueAt = now + SIGN_INTERVAL_MS;
      this.#ageDueAt = now + AGE_INTERVAL_MS;
      await this.#findCrowds(now >= this.#labelsDueAt);
      if (now >= this.#labelsDueAt) {
        this.#labelsDueAt = now + LABELS_INTERVAL_MS;
        await inTransaction(writer(), forgetFactKeys);
      }
      return 0;
    }
    if (now >= this.#keepDueAt) {
      try {
        if ((await this.#keepSome()) !== null) return 0;
        this.#keepDueAt = now + PASS_INTERVAL_MS;
      } catch (error) {
        // What follows does not wait for it.
        this.#keepDueAt = now + AGAIN_MS;
        this.#parts.failed(error);
      }
    }
    if (await this.#deleteSome(now)) return 0;
    if (await this.#foldSome()) return 0;
    if (await room.tidyPacks(writer())) return 0;
    if (this.#sweeping !== null || now >= this.#sweepDueAt) {
      this.#sweeping ??= this.#sweepNow();
      if (this.#sweeping.next().done !== true) return 0;
      this.#sweeping = null;
      this.#sweepDueAt = now + Math.min(SWEEP_INTERVAL_MS, Math.max(settings.sweepGraceMs, REST_MS));
    }
    if (now - this.#lastBatchAt > REST_MS / 2 && room.tidy(writer())) return 0;
    keepReserve(writer().layout, reserveBytesFor(settings.maxBytes));
    // Asked again with a report of some size in mind, so that the answer does not change with every small one.
    if (room.full !== null)
      tell({ kind: 'disk', disk: { full: await room.make(writer(), ROOM_TO_OPEN), short: room.short } });
    // Last: it takes long where there is much, and nothing waits for it.
    return (await this.#sealSome(now)) ? 0 : REST_MS;
  }

  async #findCrowds(all: boolean): Promise<void> {
    // What a look at all of them has left is still to be done.
    if (!all && this.#crowds.length > 0) return;
    const crowds = await inTransaction(this.#parts.writer(), ({ ledger }) => ledger.list('labelCrowds'));
    this.#crowds = crowds.filter((crowd) => all || isCrowded(crowd));
  }

  /** One step of folding; false: there is nothing more to look at. */
  async #foldSome(): Promise<boolean> {
    const [crowd] = this.#crowds;
    if (crowd === undefined) return false;
    const age = { today: dayOf(Date.now()), keepDays: this.#parts.settings.keepLabelDays };
    const folded = await inTransaction(this.#parts.writer(), ({ ledger }) => foldLabels(ledger, crowd, age));
    if (folded === 0) this.#crowds.shift();
    return true;
  }

  async #removeIdle(): Promise<number> {
    const { writer, settings } = this.#parts;
    const { keepIdleProductDays: keepDays, maxAutoProducts: maxAutomatic } = settings;
    return inTransaction(writer(), (context) =>
      removeIdleProducts(context, { keepDays, maxAutomatic, now: Date.now() }),
    );
  }

  #forgetInstallations(): Promise<number> {
    const { writer, settings } = this.#parts;
    const choice = { today: dayOf(Date.now()), keepDays: settings.keepLabelDays };
    return inTransaction(writer(), (context) => forgetInstallations(context, choice));
  }

  /** One step of what people asked to be erased; false: nothing is. */
  async #eraseSome(): Promise<boolean> {
    if (!erasureWaits(this.#parts.writer().connection)) return false;
    await inTransaction(this.#parts.writer(), (context) => stepErasure(context, Date.now()));
    return true;
  }

  /** One step of what products decided about dumps and annotations; null: a pass is through. */
  async #keepSome(): Promise<KeepStep | null> {
    const { room, writer, tell } = this.#parts;
    await room.make(writer(), ROOM_FOR_STEP);
    const step = await this.#keepRules.step(writer(), Date.now());
    if (step === null) return null;
    const { dumps, annotations, troubles } = step;
    if (dumps + annotations > 0) tell({ kind: 'dropped', dumps, annotations });
    for (const message of troubles) tell({ kind: 'trouble', message });
    return step;
  }

  #rewordSome(): Promise<number> {
    return inTransaction(this.#parts.writer(), ({ ledger }) => rewordBugs(ledger, REWORDED_AT_ONCE));
  }

  /** Brings the file of the erasure journal up to date; false: it is. */
  async #journalSome(): Promise<boolean> {
    const { writer, tell } = this.#parts;
    const last = lastErased(writer().connection)?.n ?? 0;
    if (last === this.#journaled) return false;
    const damage = await inTransaction(writer(), ({ connection, layout }) =>
      writeJournalFile(layout, connection),
    );
    if (damage !== null) tell({ kind: 'trouble', message: damage });
    this.#journaled = last;
    return true;
  }

  /** One step of what makes deletions come true; false: nothing is to be done now. */
  async #deleteSome(now: number): Promise<boolean> {
    if (now >= this.#journalDueAt) {
      try {
        if (await this.#journalSome()) return true;
      } catch (error) {
        // The rows have the lines, too: nothing is kept waiting by a file that cannot be written.
        this.#journalDueAt = now + AGAIN_MS;
        this.#parts.failed(error);
      }
    }
    if (await this.#eraseSome()) return true;
    if ((await this.#rewordSome()) > 0) return true;
    if (now < this.#purgeDueAt) return false;
    const step = await this.#purgeSome();
    if (step === 'waits' || step === 'held') this.#purgeDueAt = now + AGAIN_MS;
    return step === 'more';
  }

  /** One step of sealing what is older than the encryption of the store; false: nothing is to be done now. */
  async #sealSome(now: number): Promise<boolean> {
    if (now < this.#sealDueAt || !sealingIsDue(this.#parts.writer().connection)) return false;
    try {
      const step = await this.#sealStep();
      if (step === 'held') this.#sealDueAt = now + AGAIN_MS;
      return step === 'more';
    } catch (error) {
      // What follows does not wait for it.
      this.#sealDueAt = now + AGAIN_MS;
      this.#parts.failed(error);
      return false;
    }
  }

  async #sealStep(): Promise<SealStep> {
    const { room, writer } = this.#parts;
    // Sealed rows are larger, and what was before lies in the log beside them; a sealed file lies beside that in clear for a while.
    const growth = { ...ROOM_FOR_STEP, files: this.#sealing.growth };
    const why =
      room.isLarge(growth) && !room.fits(writer(), growth) ? NO_ROOM : await room.make(writer(), growth);
    return why === null ? this.#sealing.step(writer()) : this.#sealing.noRoom(writer(), why);
  }

  /** One step of a purge, where one is due. */
  async #purgeSome(afterMs?: number): Promise<PurgeStep> {
    const writer = this.#parts.writer();
    const now = Date.now();
    if (!this.#purging && !purgeIsDue(writer.connection, now, afterMs)) return 'done';
    const step = await this.#purge.step(writer, now);
    this.#purging = step !== 'done';
    return step;
  }

  #forgetAudit(): Promise<number> {
    const { writer, settings } = this.#parts;
    const { keepAuditDays: keepDays, maxBytes } = settings;
    return inTransaction(writer(), (context) =>
      forgetAudit(context, { keepDays, maxBytes, now: Date.now() }),
    );
  }

  async #workOff(count: number): Promise<void> {
    const { trouble } = await workOffRemovals(this.#parts.writer(), Date.now(), count);
    if (trouble !== null) this.#parts.tell({ kind: 'trouble', message: trouble });
  }

  #sweepNow(): Generator<number> {
    const { writer, settings } = this.#parts;
    const { connection, layout } = writer();
    return sweep({ connection, layout, graceMs: settings.sweepGraceMs, now: Date.now() });
  }

  #pruned(step: PruneStep, why: 'size' | 'age'): void {
    if (step.reports > 0) this.#parts.tell({ kind: 'pruned', reports: step.reports, bytes: step.bytes, why });
  }
}
