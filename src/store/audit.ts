// Store contract: the audit log. Who did what to what, when, from where. Lines are only ever added; the oldest go by age. People stand
// in it by their number alone, so that it names nobody any more whose account is gone.
import type { Page, PageRequest } from './reports.ts';

/**
 * How somebody came: signed in (`session`), with an API token (`token`), with MAYDAY_ADMIN_TOKEN (`operator`), with a command on the data
 * folder (`command`), not at all (`nobody`). `mayday`: the server itself.
 */
export const AUDIT_WAYS = ['session', 'token', 'operator', 'command', 'nobody', 'mayday'] as const;
export type AuditWay = (typeof AUDIT_WAYS)[number];

/** `refused`: the rights or the values did not allow it. `failed`: something broke on the way. */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export interface AuditActor {
  /** `User.id`; null: no person of this server. */
  readonly person: number | null;
  readonly way: AuditWay;
  /** `ApiToken.id`, for the way `token`. */
  readonly token: number | null;
}

/** A few words that a line says beside its object: names and numbers that people chose, never what clients sent. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null>>;

/** What is written down. Longer texts are cut: 80 characters of `what`, 400 of `object`, 80 of `network`, 2,000 of `detail` as JSON. */
export interface AuditEntry {
  readonly who: AuditActor;
  /** `report.delete`, `sign-in`: what was done, a name of `reports/audit/audited.ts` or of a command. */
  readonly what: string;
  /** `report <crash id>`, `bug 12`, `product shop/web`, `person 3`; empty: nothing in particular. */
  readonly object: string;
  /** The address that it came from: IPv4 whole, of IPv6 the /64; empty: from this machine, or unknown. */
  readonly network: string;
  readonly outcome: AuditOutcome;
  readonly detail: AuditDetail;
}

/** A line of the log. */
export interface AuditLine extends AuditEntry {
  /** Rises by one from line to line. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** SHA-256 over the hash before and this line (`shared/audit-chain.ts`), hex. */
  readonly hash: string;
}

/** All that are given must hold. */
export interface AuditFilter {
  readonly person?: number;
  /** The whole of it, or what it begins with and a `*` behind: `report.*`. */
  readonly what?: string;
  readonly object?: string;
  readonly outcome?: AuditOutcome;
  /** Milliseconds since 1970: from this on, and before that. */
  readonly from?: number;
  readonly to?: number;
}

/** Where the log begins: what came before this line was forgotten by age. */
export interface AuditStart {
  /** The last line that is gone; 0: none is. */
  readonly id: number;
  readonly hash: string;
}

export interface AuditStore {
  /** Writes a line down; it is durable when this resolves. Rejects with `StorageError`. */
  record(entry: AuditEntry): Promise<void>;
  /**
   * Writes a line down soon, and the same one (who, what, object, outcome, network) once a minute at most; of nobody's a bounded number a
   * minute, and how many more there were. What was noted is written before the store is closed. Never throws.
   */
  note(entry: AuditEntry): void;
  /** Newest first. Whatever this process has noted so far is among them. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditLine>>;
  /** The next lines after one, oldest first, at most 5,000 at a time; for whoever reads or verifies all of it. */
  linesAfter(id: number, limit: number): Promise<readonly AuditLine[]>;
  start(): Promise<AuditStart>;
  /** The number of the last line that was ever written; 0: none. */
  lastNumber(): Promise<number>;
}
