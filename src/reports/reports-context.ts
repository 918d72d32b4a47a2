// What every page and API operation of the reports server may use; built once by startReportsServer.
import type { IncomingMessage } from 'node:http';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { SymbolService } from '../process/symbols/symbol-service.ts';
import type { TicketDesk } from '../process/tickets/ticket-desk.ts';
import type { ClosedStore } from './gate/closed-store.ts';
import type { Gate } from './gate/gate.ts';
import type { Provider } from './sign-in-provider.ts';
import type { Attempts } from './attempts.ts';

/** What this server says of itself. */
export interface VersionInfo {
  readonly version: string;
  /** The commit it was built from; null where unknown. */
  readonly commit: string | null;
}

/** The surroundings of a request that do not change while the server runs. */
export interface ReportsContext {
  /** All of the store that gives nothing of what clients sent. */
  readonly store: ClosedStore;
  /** The way to everything else, for one person at a time. */
  readonly gate: Gate;
  readonly log: Log;
  readonly metrics: Metrics;
  /** MAYDAY_ADMIN_TOKEN; null: no such token. */
  readonly adminToken: string | null;
  /** Public base URL of the submit server, without a slash at the end. */
  readonly submitUrl: string;
  /** Public base URL of this server, without a slash at the end. */
  readonly reportsUrl: string;
  /** The path of `reportsUrl`: `/mayday`; empty where this server has a host to itself. */
  readonly basePath: string;
  /** REPORTS_SERVER_NAMES: further names by which this server is known. */
  readonly serverNames: readonly string[];
  /** Whether there is a mail server for notifications. */
  readonly mail: boolean;
  /** Why webhooks may not have this address, in a sentence; null: nothing is known against it. */
  readonly webhookRefusal: (url: URL) => Promise<string | null>;
  /** Makes tickets and asks for them. */
  readonly tickets: TicketDesk;
  /** Annotation names that are public for every product. */
  readonly publicAnnotations: readonly string[];
  readonly version: VersionInfo;
  /** Whom failed sign-ins are counted for: the client's address, as far as proxies in front are trusted to tell it. */
  readonly clientAddress: (request: IncomingMessage) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly symbols: SymbolService;
  /** PUBLIC_SYMBOLS: symbols and symbolication for anyone. */
  readonly publicSymbols: boolean;
  /** KEEP_SYMBOLS_DAYS; 0: for ever. */
  readonly keepSymbolsDays: number;
  /** How long a sign-in lasts, in milliseconds: after its last use (SESSION_IDLE_HOURS), and at most (SESSION_MAX_DAYS). */
  readonly sessionLife: { readonly idleMs: number; readonly maxMs: number };
  /** OIDC_PROVIDERS: who else says who people are. */
  readonly providers: readonly Provider[];
  /** PASSWORD_SIGN_IN: whether a password signs in. */
  readonly passwordSignIn: boolean;
  /** SECOND_FACTOR: who must have one. */
  readonly secondFactor: 'optional' | 'admins' | 'everybody';
  /** REPORTS_REQUESTS_PER_MINUTE of one sign-in or token; 0: no limit. */
  readonly requestsPerMinute: number;
  readonly attempts: Attempts;
}
