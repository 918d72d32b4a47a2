// Store contract: the keys (DSNs) of products, what products decide about their clients, and counts of what was not kept.
import type { Within } from './reports.ts';
import type { ClientCount, ClientRules } from '../report/client-rules.ts';

/** One key of a product. */
export interface ProductKey {
  readonly id: number;
  /** 32 lower-case hexadecimal digits. */
  readonly key: string;
  readonly label: string;
  readonly createdAt: number;
  readonly enabled: boolean;
  /** Events a minute that it may bring; null: no limit. */
  readonly perMinute: number | null;
}

/** What people may change of a key. */
export type ProductKeyChange = Partial<Pick<ProductKey, 'label' | 'enabled' | 'perMinute'>>;

/** A count of one day, `yyyy-mm-dd` (UTC). */
export interface DayCount extends ClientCount {
  readonly day: string;
}

/** The DSN side of a product, for people. */
export interface ClientSettings {
  /** The number in its DSNs. */
  readonly dsnId: number;
  readonly keys: readonly ProductKey[];
  readonly rules: ClientRules;
}

export interface ClientKeyStore {
  /** Null: no such product. */
  settings(account: string, product: string): Promise<ClientSettings | null>;
  /** False: no such product, the key is taken, or the product has as many keys as it may. */
  addKey(
    account: string,
    product: string,
    key: { readonly key: string; readonly label: string },
  ): Promise<boolean>;
  changeKey(account: string, product: string, id: number, change: ProductKeyChange): Promise<boolean>;
  deleteKey(account: string, product: string, id: number): Promise<boolean>;
  /** The number in the product's DSNs, so that those of another server go on working; null: its own number. */
  setDsnId(account: string, product: string, dsnId: number | null): Promise<boolean>;
  setRules(account: string, product: string, rules: ClientRules): Promise<boolean>;
  /** Counts of the days from `since` on, newest day and largest count first; at most `limit`. Without a product: of all (`within`), added up. */
  counts(options: {
    readonly account?: string;
    readonly product?: string;
    readonly within?: Within;
    readonly since: string;
    readonly limit: number;
  }): Promise<readonly DayCount[]>;
}

/** The most keys of one product. */
export const MAX_PRODUCT_KEYS = 50;
