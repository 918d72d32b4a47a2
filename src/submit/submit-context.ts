// What every request of the submit server shares: the store, the settings, the counters.
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { IntakeStore } from '../store/intake.ts';
import type { Intake, WireSettings } from '../wire/adapter.ts';
import type { AddressOf } from './client-address.ts';
import type { KeyLimits } from './key-limits.ts';
import type { FloodGuard } from './flood-guard.ts';
import type { SubmitLimits } from './submit-limits.ts';
import type { SubmitCounters } from './submit-counters.ts';
import type { Throttle } from './throttle.ts';
import type { ToldToday } from './told-today.ts';
import type { TextBudget } from './text-budget.ts';
import type { UploadLanes } from './upload-lanes.ts';

/** Made once by the server; nothing in it changes while it runs. */
export interface SubmitContext {
  readonly store: IntakeStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly counters: SubmitCounters;
  readonly limits: SubmitLimits;
  readonly lanes: UploadLanes;
  readonly texts: TextBudget;
  readonly settings: WireSettings;
  readonly defaultProduct: string;
  readonly throttle: Throttle;
  readonly floods: FloodGuard;
  readonly keyLimits: KeyLimits;
  /** Kinds of a product that the inbox has heard of today. */
  readonly told: ToldToday;
  readonly addressOf: AddressOf;
  readonly hashAddress: (address: string, nowMs: number) => string | null;
  readonly version: Readonly<Record<string, unknown>>;
  /** Null where no processor runs in this process. */
  readonly processNow: Intake['processNow'] | null;
  /** Says that a report waits to be processed. */
  readonly onQueued: () => void;
  readonly now: () => number;
}
