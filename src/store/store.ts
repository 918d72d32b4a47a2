// A store as a whole: the contracts that one implementation fills together, and its life.
import type { BugStore } from './bugs.ts';
import type { ClientKeyStore } from './client-keys.ts';
import type { FeedbackStore } from './feedback.ts';
import type { IntakeStore } from './intake.ts';
import type { NotificationStore } from './notifications.ts';
import type { PeopleStore } from './people.ts';
import type { QueueStore } from './queue.ts';
import type { ReportStore } from './reports.ts';
import type { SessionStore } from './release-health.ts';
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

export interface Store {
  readonly intake: IntakeStore;
  readonly reports: ReportStore;
  readonly people: PeopleStore;
  readonly queue: QueueStore;
  readonly bugs: BugStore;
  readonly symbols: SymbolStore;
  readonly notifications: NotificationStore;
  readonly clientKeys: ClientKeyStore;
  readonly sessions: SessionStore;
  readonly feedback: FeedbackStore;
  readonly maintenance: MaintenanceStore;
  /** Finishes what is under way (a commit, the inbox), then releases everything. Idempotent. */
  close(): Promise<void>;
}
