// A store as a whole: the contracts that one implementation fills together, and its life.
//
// Ids (of bugs, cases, users, tokens, webhooks, …) are positive safe integers. An id that is none is nobody's: it is not found.
//
// Times are milliseconds since 1970. Where a caller gives one, it is the caller's. What a store notes or waits for by itself (leases,
// actions of people, due times, ages, what is seen as today) goes by the store's own clock: one clock for all who share the store, never
// that of a client. The embedded store is one machine's: it takes the machine's, or `EmbeddedOptions.now`.
import type { AccountStore } from './accounts.ts';
import type { AlertStore } from './alerts.ts';
import type { AuditStore } from './audit.ts';
import type { BugStore } from './bugs.ts';
import type { BulkStore } from './bulk-acts.ts';
import type { ClientKeyStore } from './client-keys.ts';
import type { AnalysisStore } from './crash-analysis.ts';
import type { ErasureStore } from './erasures.ts';
import type { FeedbackStore } from './feedback.ts';
import type { IntakeStore } from './intake.ts';
import type { NotificationStore } from './notifications.ts';
import type { PeopleStore } from './people.ts';
import type { QueueStore } from './queue.ts';
import type { ReportStore } from './reports.ts';
import type { SearchStore } from './crash-search.ts';
import type { ReleaseStore } from './releases.ts';
import type { SessionStore } from './release-health.ts';
import type { TicketStore } from './tickets.ts';
import type { SymbolStore } from './symbols.ts';

/** What a prune removed. */
export interface PruneResult {
  readonly reports: number;
  readonly bytes: number;
  readonly orphanFiles: number;
}

/** Housekeeping, called by a timer of the role that owns it and by `mayday prune`. */
export interface MaintenanceStore {
  /** Brings the store below its limit and removes what is past its age; deletes orphan files older than a grace time. */
  prune(): Promise<PruneResult>;
}

/** What differs between stores beyond their contracts, for whoever shows or tests it. */
export interface StoreCapabilities {
  /** `StoreStatus.limitBytes` is never passed, not even for a moment. */
  readonly limitIsExact: boolean;
  /** Reports can be taken that readers see only later, while a part of the store is away. */
  readonly spools: boolean;
  /** `StoreStatus.diskFreeBytes` is known. */
  readonly tellsDiskFree: boolean;
}

/** Whether a report that came now would be kept. */
export interface StoreHealth {
  /** `full`: space would help, and what is stored can be read. */
  readonly state: 'ok' | 'full' | 'failing';
  /** Why, in a sentence; null when ok. */
  readonly reason: string | null;
}

export interface Store {
  readonly capabilities: StoreCapabilities;
  readonly intake: IntakeStore;
  readonly reports: ReportStore;
  readonly people: PeopleStore;
  readonly accounts: AccountStore;
  readonly queue: QueueStore;
  readonly bugs: BugStore;
  readonly bulk: BulkStore;
  readonly search: SearchStore;
  readonly analysis: AnalysisStore;
  readonly releases: ReleaseStore;
  readonly symbols: SymbolStore;
  readonly notifications: NotificationStore;
  readonly alerts: AlertStore;
  readonly tickets: TicketStore;
  readonly clientKeys: ClientKeyStore;
  readonly sessions: SessionStore;
  readonly feedback: FeedbackStore;
  readonly audit: AuditStore;
  readonly erasures: ErasureStore;
  readonly maintenance: MaintenanceStore;
  /** Asks `admission` and does what `IntakeStore.check` does. Never throws. */
  health(): Promise<StoreHealth>;
  /** Finishes what is under way (a commit, the inbox), then releases everything. Idempotent. */
  close(): Promise<void>;
}
