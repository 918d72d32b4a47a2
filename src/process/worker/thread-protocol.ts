// What the main thread and the processing threads say to each other.
import type { MessagePort } from 'node:worker_threads';
import type { ProcessedMinidump } from '../../formats/crash/processed-minidump.ts';
import type { ProcessedReport } from '../../report/processed-report.ts';
import type { DataRules } from '../../report/privacy/data-rules.ts';
import type { Report } from '../../report/report.ts';
import type { ProductRules } from '../../store/bugs.ts';
import type { DataRule } from '../rules/data-rule.ts';
import type { RulesSee } from '../pipeline.ts';

/** A report to process, with everything that the pipeline needs. */
export interface ThreadTask {
  readonly report: Report;
  readonly parts: readonly (readonly [name: string, bytes: Uint8Array])[];
  /** Large minidumps, which the thread reads in pieces (stored-reads.ts), with their sizes; absent: none. */
  readonly stored?: readonly (readonly [name: string, size: number])[];
  readonly notes: readonly string[];
  /** Minidumps that were walked before, by attachment name. */
  readonly walked?: Readonly<Record<string, ProcessedMinidump>>;
  readonly rules: ProductRules;
  /** What the product decides about its data; absent: nothing. */
  readonly dataRules?: DataRules;
  /** For previews: what grouping rules may look at; absent: everything. */
  readonly rulesSee?: RulesSee | null;
  readonly processor: string;
  /** Milliseconds since 1970: when the report counts as processed. */
  readonly now: number;
}

/** A task with the number under which its answer comes back. */
export interface ThreadJob {
  readonly id: number;
  readonly task: ThreadTask;
}

/** What a thread is given at its start. */
export interface ThreadSetup {
  /** Milliseconds that a walk may take before it ends with what it has. */
  readonly walkMs: number;
  /** Frames of one thread of a minidump that are walked; null: as many as walks take by default. */
  readonly maxStackFrames: number | null;
  /** The installation's own rules, as data (`compileDataRules`). */
  readonly dataRules: readonly DataRule[];
  /** Through which it asks for symbols; null where there are none. */
  readonly symbols: MessagePort | null;
  /** Through which it reads stored attachments, and where they are put. */
  readonly reads: MessagePort;
  readonly shared: SharedArrayBuffer;
}

/** To the thread: jobs, which it does one after the other. */
export type ToThread = readonly ThreadJob[];

/** From the thread, in the order of the jobs. */
export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly processed: ProcessedReport }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly stack: string };
