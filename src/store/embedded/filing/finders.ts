// How the ledger's questions are answered here: a function for each, on a connection.
import type { Bulks, Lists, Loads } from '../../filing/backing.ts';
import type { Connection } from '../database/query.ts';

/** Single rows; undefined: none. */
export type Finders = {
  readonly [N in keyof Loads]: (
    connection: Connection,
    ...args: Parameters<Loads[N]>
  ) => ReturnType<Loads[N]> | undefined;
};

/** Rows of one owner. */
export type Listers = {
  readonly [N in keyof Lists]: (
    connection: Connection,
    ...args: Parameters<Lists[N]>
  ) => readonly ReturnType<Lists[N]>[];
};

/** Set-based changes. */
export type BulkWrites = {
  readonly [N in keyof Bulks]: (connection: Connection, ...args: Parameters<Bulks[N]>) => void;
};
