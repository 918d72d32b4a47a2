// What the main thread and a reader thread say to each other: one question at a time, then its answer.
import type { ReadName } from './reads.ts';

/** What a reader thread is given. */
export interface ReaderSettings {
  readonly database: string;
}

export interface ReadQuestion {
  readonly name: ReadName;
  readonly args: readonly unknown[];
}

/** An error keeps its code, which copying it between threads would lose. */
export type ReadAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly code: string };
