// What an embedded store is opened with.
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Files } from './disk/files.ts';
import type { KeepingLimits } from './served-limits.ts';

/** Settings of an embedded store. Every process that shares a data folder is given the same ones. */
export interface EmbeddedOptions {
  /** The data folder; created if missing. */
  readonly dir: string;
  /** Limit of everything stored, symbols apart (MAX_REPORTS_SIZE_MB in bytes). */
  readonly maxBytes: number;
  /** Nothing more is taken while the file system has less free space than this. */
  readonly minFreeBytes: number;
  /** Reports older than this are pruned unless their product says otherwise; null: only by size. */
  readonly keepDays: number | null;
  /** Whether an unknown product is created by its first report, and how many such products there may be. */
  readonly autoProducts: boolean;
  readonly maxAutoProducts: number;
  /** Automatic products that hold nothing and were not heard of for so many days go; default 30. */
  readonly keepIdleProductDays?: number;
  /** Versions and platforms that were seldom and were not seen for so many days lose their name in counts; null: only where there are too many. Default 365. */
  readonly keepLabelDays?: number | null;
  /** Lines of the audit log that are older go; null: only by their number. Default null. */
  readonly keepAuditDays?: number | null;
  /** Names of annotations that are public for every product: others go after the days of a product (`DataRules.protectedDays`). */
  readonly publicAnnotations?: readonly string[];
  /** Entries that the inbox keeps. */
  readonly inboxSize: number;
  /** Files without a report are removed when they are older than this. */
  readonly sweepGraceMs: number;
  /** No report that is younger is pruned for want of space; default 0. */
  readonly pruneGraceMs?: number;
  /** Reports of a case of a bug (the first, the newest and a spread) that stay while others of the product can go; default 10. */
  readonly keepOfCase?: number;
  /** Reports that wait for processing from which `Admission.short` holds; default 0: only space counts. */
  readonly longQueue?: number;
  /** Filed crashes that become a segment for searches; default 8,190. */
  readonly segmentRows?: number;
  /** The keys of secrets as text (SECRET_KEYS_COMMAND); default: the file `mayday.keys` in the data folder, which is made where it is missing. */
  readonly secretKeys?: () => string;
  /** The same without keeping this thread waiting; default: `secretKeys`. */
  readonly secretKeysLater?: () => Promise<string>;
  /**
   * Whether what clients sent is to be encrypted at rest (ENCRYPTION_AT_REST); a store that once was stays so. A command (`limitsOf`) begins it
   * only where it makes the store. Default false.
   */
  readonly encrypt?: boolean;
  /** Another process encrypted the store, which this one has open in clear: it writes nothing more, and must be ended. Called once for each thread. */
  readonly unusable?: () => void;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What takes so much, compressed, goes into packs rather than into files of its own; default a small part of `maxBytes`, 0: nothing does. */
  readonly packedBytes?: number;
  /**
   * Whose limits these are. `server` (default): they hold, and the store remembers them. `command`: what a server keeps here stays, whatever
   * is smaller in these options.
   */
  readonly limitsOf?: 'server' | 'command';
  /** Limits that a person asked for with the command: they hold, also where the server keeps more. */
  readonly askedLimits?: Partial<Pick<KeepingLimits, 'maxBytes' | 'keepDays'>>;
  /** Whether this process prunes, sweeps and indexes in the background; all processes of one data folder may. Default true. */
  readonly housekeeping?: boolean;
  /** The clock, milliseconds since 1970; default `Date.now`. Threads of the store read the system's clock. */
  readonly now?: () => number;
  /** File operations; default the real ones. */
  readonly files?: Files;
}
