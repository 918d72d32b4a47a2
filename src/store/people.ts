// Store contract: people, their sessions and API tokens, and products. Secrets arrive here already hashed. What people may do stands in
// accounts.ts.
import type { DataRules } from '../report/privacy/data-rules.ts';
import type { ProductName } from './reports.ts';
import type { FactorStore } from './second-factors.ts';

export interface User {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  /** Administers the installation: accounts, people, the queue. It gives no right to any product. */
  readonly isAdmin: boolean;
  /** An argon2id hash in its encoded form. */
  readonly passwordHash: string;
  readonly createdAt: number;
  readonly disabled: boolean;
}

/**
 * What a token is for. `send`: stands for the upload key of the one product that it names. `read`, `triage`, `admin`: that role, and those below it.
 * `protected` and `dumps`: those rights. `symbols`: uploads of symbols and source maps. A token never does more than its owner may.
 */
export const TOKEN_SCOPES = ['send', 'read', 'triage', 'protected', 'dumps', 'symbols', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export interface ApiToken {
  readonly id: number;
  /** Whose it is; null: a service token, which belongs to an account and to no person. */
  readonly userId: number | null;
  /** Of a service token; null: a person's. */
  readonly account: string | null;
  readonly label: string;
  readonly scopes: readonly TokenScope[];
  /** The only products that it is for; null: all that its owner has. */
  readonly products: readonly ProductName[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

export interface Product {
  readonly id: number;
  readonly account: string;
  readonly name: string;
  readonly createdAt: number;
  /** Made by its first report rather than by a person. */
  readonly automatic: boolean;
  readonly requireKey: boolean;
  readonly uploadKey: string | null;
  /** Annotation names that the product declares public, beyond the general list. */
  readonly publicAnnotations: readonly string[];
  /** Reports older than this many days are pruned; null: only by size. */
  readonly keepDays: number | null;
  /** Names that are never stored, scrubbing, and how long dumps and protected annotations stay. */
  readonly dataRules: DataRules;
  readonly reportCount: number;
  readonly lastReportAt: number | null;
}

export type ProductChange = Partial<
  Pick<Product, 'requireKey' | 'uploadKey' | 'publicAnnotations' | 'keepDays' | 'dataRules'>
>;

/** A one-time secret that nobody has used yet. */
export interface OneTimeSecret {
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly data: string;
  readonly expiresAt: number;
}

/** A session as the store keeps it. Times are milliseconds since 1970. */
export interface StoredSession {
  /** SHA-256 of the cookie's value, hex. */
  readonly idHash: string;
  readonly userId: number;
  readonly csrf: string;
  readonly createdAt: number;
  /** When it was last used, to the hour. */
  readonly seenAt: number;
  /** When its person last gave a password or a second factor. */
  readonly provenAt: number;
  readonly expiresAt: number;
  /** Where the sign-in came from: an IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly network: string;
  /** Browser and system in words. */
  readonly agent: string;
}

/** Sessions that one person may have; the one used longest ago makes room. */
export const MAX_SESSIONS = 50;

/** A person by id, or an account by name. */
export type TokenOwner = { readonly userId: number } | { readonly account: string };

/** `keepsAdmin`: a change that would take the last administrator away is not made. Default: it is. */
export interface KeepsAdmin {
  readonly keepsAdmin?: boolean;
}

export interface PeopleStore extends FactorStore {
  userCount(): Promise<number>;
  userById(id: number): Promise<User | null>;
  userByEmail(email: string): Promise<User | null>;
  listUsers(): Promise<readonly User[]>;
  /** Null: the e-mail address is taken. `onlyFirst`: also null when any user exists (the one-time link, atomically). */
  createUser(
    user: Omit<User, 'id' | 'createdAt' | 'disabled'>,
    options?: { readonly onlyFirst?: boolean },
  ): Promise<User | null>;
  /** `last-admin`: with `keepsAdmin`, nobody who is not switched off would administer the installation, and nothing was changed. */
  updateUser(
    id: number,
    change: Partial<Pick<User, 'name' | 'isAdmin' | 'disabled'>>,
    options?: KeepsAdmin,
  ): Promise<'done' | 'nobody' | 'last-admin'>;

  /**
   * Erases somebody for good: the account with its sessions, tokens, second factors, subscriptions and private searches, and the name and address
   * wherever else they stand; histories have a number there. `last-admin`: nobody else could do such things, and nothing was changed.
   */
  eraseUser(id: number): Promise<'erased' | 'nobody' | 'last-admin'>;

  /** Whom a provider of sign-ins means by its name of a person; null: nobody is linked. */
  userByIdentity(issuer: string, subject: string): Promise<User | null>;
  /**
   * Links a person. `taken`: the provider's name is linked to another one already. The first time that a person is linked (`first`) every other way
   * in ends in the same moment: the password, second factors, sessions, tokens and links. Until now nobody has shown that the address is theirs:
   * whoever invited it may have opened the link themselves.
   */
  addIdentity(userId: number, issuer: string, subject: string): Promise<'first' | 'further' | 'taken'>;

  /** Those that have expired go at the same time, and of the person's the one used longest ago beyond `MAX_SESSIONS`. */
  createSession(session: Omit<StoredSession, 'seenAt'>): Promise<void>;
  /** The session and its user, unless it expired or the user is disabled. */
  sessionByHash(
    idHash: string,
    now: number,
  ): Promise<{ readonly user: User; readonly session: StoredSession } | null>;
  /** Those of a person that have not expired, the one used last before others. */
  listSessions(userId: number, now: number): Promise<readonly StoredSession[]>;
  /** Notes that a session was used, and moves its end (sliding expiry); nothing happens where it is gone. */
  extendSession(idHash: string, change: Pick<StoredSession, 'expiresAt' | 'seenAt'>): Promise<void>;
  /** Gives a session another id, when its person has proven who it is again. False: it is gone. */
  renewSession(idHash: string, change: Pick<StoredSession, 'idHash' | 'provenAt'>): Promise<boolean>;
  deleteSession(idHash: string): Promise<void>;
  /** False where the person has no such session. */
  deleteSessionOf(userId: number, idHash: string): Promise<boolean>;
  /** Signs a person out everywhere. */
  deleteSessionsOf(userId: number): Promise<void>;
  /**
   * Gives a person another password. In the same moment every session and API token of the person ends, and every link that would set a
   * password: whoever had the old one has nothing left. False: there is no such person.
   */
  setPassword(userId: number, passwordHash: string): Promise<boolean>;

  createToken(
    token: Omit<ApiToken, 'id' | 'createdAt' | 'lastUsedAt'> & { readonly hash: string },
  ): Promise<ApiToken>;
  /**
   * The token and its user (null: a service token), unless it expired, the user is disabled or the account is closed; notes the use (at
   * most once a minute).
   */
  tokenByHash(
    hash: string,
    now: number,
  ): Promise<{ readonly token: ApiToken; readonly user: User | null } | null>;
  listTokens(owner: TokenOwner): Promise<readonly ApiToken[]>;
  deleteToken(owner: TokenOwner, id: number): Promise<boolean>;

  /** One-time secrets (set-up link, invitations, password resets). `hash` is the SHA-256 of the secret, hex. */
  createOneTime(secret: {
    readonly hash: string;
    readonly purpose: string;
    readonly data: string;
    readonly expiresAt: number;
  }): Promise<void>;
  peekOneTime(hash: string, purpose: string, now: number): Promise<string | null>;
  /** Those of a purpose that can still be used, the one that ends first before others. */
  listOneTime(purpose: string, now: number): Promise<readonly OneTimeSecret[]>;
  /** Gives `data` once; null ever after. */
  takeOneTime(hash: string, purpose: string, now: number): Promise<string | null>;
  /** Forgets every unused secret of a purpose, or those with this data alone: a new link replaces the old. */
  clearOneTime(purpose: string, data?: string): Promise<void>;

  listProducts(): Promise<readonly Product[]>;
  getProduct(account: string, name: string): Promise<Product | null>;
  /** Null: it exists already or the account does not. */
  createProductByHand(account: string, name: string): Promise<Product | null>;
  updateProduct(account: string, name: string, change: ProductChange): Promise<boolean>;
}
