// What the operations of the writer thread share during one transaction, and what is forgotten when it is rolled back.
import { LRUCache } from 'lru-cache';
import type { ReportState } from '../../../report/report.ts';
import type { Ledger } from '../../filing/ledger.ts';
import type { Connection } from '../database/query.ts';
import type { Layout } from '../disk/folder-layout.ts';

/** A kind of report (product, protocol, version and platform in one number), and whether it is a mixed one. */
export interface Kind {
  readonly id: number;
  readonly mixed: boolean;
}

/** Names that were looked up before; forgotten after every rollback, since they may have been made in it. */
export interface NameCache {
  readonly products: LRUCache<string, number>;
  readonly kinds: LRUCache<string, Kind>;
}

const MAX_PRODUCTS = 5000;
const MAX_KINDS = 20_000;

/** Names of a connection that has just been opened. */
export function newNames(): NameCache {
  return { products: new LRUCache({ max: MAX_PRODUCTS }), kinds: new LRUCache({ max: MAX_KINDS }) };
}

/** Counts that a transaction gathers and writes once, at its end. */
export interface Tally {
  /** By kind: how many reports of each state came (or went, when negative). */
  readonly kinds: Map<number, Map<ReportState, number>>;
  readonly arrivals: Map<number, number>;
  /** By product: bytes that came (or went, when negative), about. */
  readonly storedBytes: Map<number, number>;
  /** By product: when its newest report arrived. */
  readonly lastReport: Map<number, number>;
  reportFolderBytes: number;
  blobFileBytes: number;
  pruned: number;
}

/** The transaction that an operation runs in. */
export interface WriteContext {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly names: NameCache;
  /** The rows that filing works with; other writes that read or change them have it written before (`operations.ts`). */
  readonly ledger: Ledger;
  readonly tally: Tally;
  /** By second of arrival: the next free key, as far as this transaction knows. */
  readonly nextKeys: Map<number, number>;
}

/** An empty tally. */
export function newTally(): Tally {
  return {
    kinds: new Map(),
    arrivals: new Map(),
    storedBytes: new Map(),
    lastReport: new Map(),
    reportFolderBytes: 0,
    blobFileBytes: 0,
    pruned: 0,
  };
}

/** Adds to the count of one kind and state. */
export function tallyState(tally: Tally, kindId: number, state: ReportState, by: number): void {
  let states = tally.kinds.get(kindId);
  if (states === undefined) tally.kinds.set(kindId, (states = new Map<ReportState, number>()));
  states.set(state, (states.get(state) ?? 0) + by);
}

/** What a row with its entries in the indexes takes, about. */
export const ROW_BYTES = 1200;

/** Adds to what a product takes. */
export function tallyStored(tally: Tally, productId: number, bytes: number): void {
  tally.storedBytes.set(productId, (tally.storedBytes.get(productId) ?? 0) + bytes);
}
