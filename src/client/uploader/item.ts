// The contract of what can be sent: one `Item` for each report, made by a source (file, folder, database) and sent by run.ts.
import type { SendRequest } from './http-request.ts';
import type { ServerAddress } from './server-address.ts';

/** Kinds of reports, as the summary names them. */
export type ItemKind =
  | 'minidump'
  | 'socorro'
  | 'jami'
  | 'crashpad'
  | 'panic log'
  | 'crashkit'
  | 'crashkit 1.0'
  | 'failures';

/** What one attempt is given. */
export interface Attempt {
  readonly address: ServerAddress;
  readonly send: SendRequest;
  readonly gzip: boolean;
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes of the report's files that have been read for sending, again and again. */
  readonly onBytes: (sent: number) => void;
}

/**
 * What the server made of it. `stored` and `discarded` are final successes: a collector that discards a report by a rule
 * has had it. `refused` is final; `unavailable` may be tried again.
 */
export type SendResult =
  | { readonly kind: 'stored'; readonly answer: string; readonly id: string }
  | { readonly kind: 'discarded'; readonly answer: string; readonly id: string }
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'unavailable'; readonly problem: string; readonly retryAfter: string | null };

/** One report. */
export interface Item {
  readonly kind: ItemKind;
  /** How the summary names it: a path. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 over everything that makes this report what it is; the same report has the same key in every run. */
  readonly key: string;
  /**
   * Takes the report for this run, where others may work on it too; a sentence says why it cannot be had. Called before
   * the first attempt; `release` is called afterwards in every case.
   */
  take?(): string | null;
  send(attempt: Attempt): Promise<SendResult>;
  /** The report has arrived, now or in an earlier run: marks it where it lies. */
  arrived?(result: { readonly answer: string }, attempts: number): void;
  /** It did not arrive in this run. */
  failed?(attempts: number): void;
  release?(): void;
}

/** What looking at the arguments gave: reports, or sentences about what is wrong with them; and remarks. */
export interface Plan {
  readonly items: readonly Item[];
  readonly faults: readonly string[];
  readonly remarks: readonly string[];
}

/** What applies to every report of a run. */
export interface ItemSettings {
  readonly product: string | null;
  readonly version: string | null;
  readonly account: string;
  /** In order; they win over what a report has itself. */
  readonly annotations: readonly (readonly [key: string, value: string])[];
  readonly attachments: readonly (readonly [name: string, path: string])[];
  /** The annotations file of `--json`; null where there is none. */
  readonly json: string | null;
}
