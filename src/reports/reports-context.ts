// What every page and API operation of the reports server may use; built once by startReportsServer.
import type { IncomingMessage } from 'node:http';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { SymbolService } from '../process/symbols/symbol-service.ts';
import type { Store } from '../store/store.ts';
import type { Previews } from '../process/preview/previews.ts';
import type { Attempts } from './attempts.ts';
import type { FacetCache } from './facet-cache.ts';

/** What this server says of itself. */
export interface VersionInfo {
  readonly version: string;
  /** The commit it was built from; null where unknown. */
  readonly commit: string | null;
}

/** The surroundings of a request that do not change while the server runs. */
export interface ReportsContext {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  /** MAYDAY_ADMIN_TOKEN; null: no such token. */
  readonly adminToken: string | null;
  /** Public base URL of the submit server, without a slash at the end. */
  readonly submitUrl: string;
  /** Public base URL of this server, without a slash at the end. */
  readonly reportsUrl: string;
  /** Whether there is a mail server for notifications. */
  readonly mail: boolean;
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
  /** What rules and texts would give; one thread of its own. */
  readonly previews: Previews;
  readonly attempts: Attempts;
  readonly facets: FacetCache;
}
