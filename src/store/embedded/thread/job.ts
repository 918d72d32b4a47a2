// One write on its way to the writer thread, and what became of it.
import type { Growth } from '../write/room.ts';
import type { WriteName } from './operations.ts';

/** One write: the name of an operation, its arguments and what it adds. */
export interface Job {
  readonly name: WriteName;
  readonly args: readonly unknown[];
  readonly growth: Growth;
}

/** An error as plain data. */
export interface JobFailure {
  readonly message: string;
  readonly reason: 'full' | 'failed';
  /** Whether it is certain that nothing was stored; else a crash could still bring it to light. */
  readonly certain: boolean;
}

/** What became of one job, in the order of the batch. */
export type JobResult = { readonly value: unknown } | { readonly failure: JobFailure };
