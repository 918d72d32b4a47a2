// What the store's main thread and its writer thread say to each other.
import type { PruneResult } from '../../store.ts';
import type { JobFailure } from './job.ts';
import type { PackedJobs } from './packed-jobs.ts';

/** Settings that the writer thread needs; plain data, since they cross threads. */
export interface ThreadSettings {
  readonly dir: string;
  /** Whether the store was encrypted when it was opened. */
  readonly encrypted: boolean;
  readonly maxBytes: number;
  readonly keepDays: number | null;
  readonly sweepGraceMs: number;
  readonly pruneGraceMs: number;
  readonly keepOfCase: number;
  /** 0: automatic products are off. */
  readonly maxAutoProducts: number;
  readonly keepIdleProductDays: number;
  /** Null: versions and platforms have no age. */
  readonly keepLabelDays: number | null;
  /** Null: lines of the audit log have no age. */
  readonly keepAuditDays: number | null;
  /** Whether the thread prunes, sweeps and indexes by itself. */
  readonly housekeeping: boolean;
}

/** To the writer thread. */
export type ToThread =
  | { readonly kind: 'batch'; readonly batch: PackedJobs }
  | { readonly kind: 'maintain' }
  | { readonly kind: 'close' };

/** Whether the limit leaves room. */
export interface DiskState {
  /** Why nothing may be added, in a sentence; null: there is room. */
  readonly full: string | null;
  /** Little is left below the limit. */
  readonly short: boolean;
}

/** From the writer thread. */
export type FromThread =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'results';
      /** In the order of the batch; undefined where a job failed. */
      readonly values: readonly unknown[];
      readonly failures: readonly (readonly [index: number, failure: JobFailure])[];
      readonly reports: number;
      readonly seconds: number;
    }
  | { readonly kind: 'maintained'; readonly result: PruneResult }
  /** It failed; what was removed until then is. */
  | { readonly kind: 'unmaintained'; readonly message: string }
  /** Reports that lost dumps or annotations, as their products decided. */
  | { readonly kind: 'dropped'; readonly dumps: number; readonly annotations: number }
  | { readonly kind: 'disk'; readonly disk: DiskState }
  | {
      readonly kind: 'pruned';
      readonly reports: number;
      readonly bytes: number;
      readonly why: 'size' | 'age';
    }
  | { readonly kind: 'trouble'; readonly message: string }
  /** The database was encrypted by another process: nothing more is written here. */
  | { readonly kind: 'unusable' };
