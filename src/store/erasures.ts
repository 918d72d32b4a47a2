// Store contract: erasing everything of a person, an installation, a product, an account, a selection, or of a time. First the reports are found and
// counted, then somebody says go, then they are deleted step by step: whoever keeps the store goes on with it after a crash.
// States of an erasure: counting → ready → (confirm) erasing → done; counting and ready ones are withdrawn by hand or after a day.

/** Where it is to be erased: of one product of an account, of all of the account (`product` null), or everywhere. */
interface ErasedOf {
  readonly account: string | null;
  readonly product: string | null;
}

/** What is to be erased. */
export type ErasureWish =
  /** Reports that name a person: by what a program calls its user, by mail address, or by the SHA-256 (hex) of the address in lower case. */
  | ({
      readonly kind: 'person';
      readonly user: string | null;
      readonly mail: string | null;
      readonly mailHash: string | null;
    } & ErasedOf)
  /** Of one installation, by what the client calls it. */
  | ({ readonly kind: 'installation'; readonly installation: string } & ErasedOf)
  /** A product with everything that it has. */
  | { readonly kind: 'product'; readonly account: string; readonly product: string }
  /**
   * Everything of an account: its products with everything that they have, symbol files, alert rules, webhooks, subscriptions, service tokens,
   * invitations, and searches of people who belong to no other one. The account, its people, teams and rights stay.
   */
  | { readonly kind: 'account'; readonly account: string; readonly product: null }
  /** What arrived before a moment. */
  | ({ readonly kind: 'before'; readonly before: number } & ErasedOf)
  /** Reports that a search found: whoever asked has their crash ids. */
  | { readonly kind: 'search' };

export type ErasureState = 'counting' | 'ready' | 'erasing' | 'done' | 'withdrawn';

export interface Erasure {
  readonly id: number;
  readonly at: number;
  /** `User.id` of whoever asked; null: no person. */
  readonly person: number | null;
  readonly kind: ErasureWish['kind'];
  readonly state: ErasureState;
  /** Reports that were found. */
  readonly found: number;
  /** How many of them are gone. */
  readonly done: number;
  readonly endedAt: number | null;
}

/** What is asked of something that comes back from elsewhere. `at`: when it arrived, milliseconds since 1970. */
export interface ComingBack {
  readonly account: string;
  readonly product: string;
  readonly at: number;
}

/** A page of the search for reports. */
export interface ErasablePage {
  readonly crashIds: readonly string[];
  /** Where the next page begins; null: this was the last. */
  readonly next: number | null;
}

export interface ErasureStore {
  /** Writes the wish down and finds its reports; resolves in the state `ready`. `found`: for the kind `search`, what was found. */
  prepare(
    wish: ErasureWish,
    options: { readonly person: number | null; readonly found?: AsyncIterable<readonly string[]> },
  ): Promise<Erasure>;
  /** Lets it be done; false: it is not ready. */
  confirm(id: number): Promise<boolean>;
  /** Nothing is erased; false: it is too late, or there is no such one. */
  withdraw(id: number): Promise<boolean>;
  /** One step of what was confirmed, for whoever does not want to wait for housekeeping; null: nothing is left to do. */
  step(): Promise<Erasure | null>;
  /** A page of the reports that a wish means, after a report's key (0: from the start), without writing anything down; of a search there are none. */
  find(wish: ErasureWish, after: number): Promise<ErasablePage>;
  /** Crash ids that were found for an erasure and are not gone yet, in their order, after one (empty: from the start). */
  foundOf(id: number, after: string, limit: number): Promise<readonly string[]>;
  /**
   * Whether a report was erased in this store, by its crash id, or as one of a person, an installation, a product or a time, as far as what stands
   * beside it tells.
   */
  wasReportErased(
    report: ComingBack & {
      readonly crashId: string;
      readonly installation: string | null;
      readonly annotations: readonly { readonly key: string; readonly value: string }[];
    },
  ): Promise<boolean>;
  /** Whether words of somebody with this mail address were. */
  wereWordsErased(words: ComingBack & { readonly email: string }): Promise<boolean>;
  /** Whether somebody with this address had an account that was erased. `createdAt`: when the one that comes back was made. */
  wasPersonErased(email: string, createdAt: number): Promise<boolean>;
  get(id: number): Promise<Erasure | null>;
  /** Newest first, at most 100. */
  list(): Promise<readonly Erasure[]>;
}
