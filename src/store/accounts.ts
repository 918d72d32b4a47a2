// Store contract: accounts, who belongs to them, their teams, and what each may do with which product. What grants come to together is
// said in rights.ts.
import type { KeepsAdmin } from './people.ts';
import type { ProductRight, Rights } from './rights.ts';

/** The account of clients that are being tested: it is there from the beginning, and holds no programs of people. */
export const TEST_ACCOUNT = 'test';

export interface Account {
  readonly name: string;
  readonly createdAt: number;
  /** Takes no reports and is seen by nobody, but for whoever administers the installation; null: open. */
  readonly closedAt: number | null;
  readonly products: number;
  readonly members: number;
}

/** A person's belonging to an account. */
export interface Member {
  readonly userId: number;
  readonly account: string;
  /** Manages people, teams and rights of the account. */
  readonly isAdmin: boolean;
}

export interface Team {
  readonly id: number;
  readonly account: string;
  readonly name: string;
  /** Ids of people. */
  readonly members: readonly number[];
  /** Those of them whom groups at a provider of sign-ins put in, and nobody by hand. */
  readonly byGroups: readonly number[];
}

/** What groups at a provider of sign-ins say of somebody. */
export interface TeamsOfGroups {
  readonly account: string;
  readonly userId: number;
  /** Id of the provider, as OIDC_PROVIDERS has it. */
  readonly provider: string;
  /** Names of all teams that the groups lead to. */
  readonly teams: readonly string[];
}

/** What it changed; names of teams. */
export interface TeamChange {
  readonly joined: readonly string[];
  readonly left: readonly string[];
  /** Teams that the account does not have. */
  readonly unknown: readonly string[];
}

/** Who a grant is for. `everybody`: all members of the account. */
export type Grantee =
  | { readonly kind: 'everybody' }
  | { readonly kind: 'user'; readonly id: number }
  | { readonly kind: 'team'; readonly id: number };

export interface Grant extends ProductRight {
  readonly id: number;
  readonly account: string;
  /** Null: every product of the account, those that come later included. */
  readonly product: string | null;
  readonly to: Grantee;
}

/** How many of each there may be: people make them, and every request reads them. */
export const MAX_ACCOUNTS = 1000;
export const MAX_TEAMS_OF_ACCOUNT = 200;
export const MAX_GRANTS_OF_ACCOUNT = 5000;

/**
 * What became of a change; `missing`: what it names is not there. `last_admin`: with `keepsAdmin`, nobody who is not switched off would administer
 * the account; nothing was changed.
 */
export type AccountOutcome = 'done' | 'taken' | 'missing' | 'too_many' | 'last_admin';

/** Names are compared exactly. A name that an account once had stays its own: whoever still says it reaches it, in every call here. */
export interface AccountStore {
  /** The oldest first, closed ones included. */
  list(): Promise<readonly Account[]>;
  /** The account that has or had this name; null: none. */
  find(name: string): Promise<Account | null>;
  create(name: string): Promise<AccountOutcome>;
  /** Everything stays where it is; rules, webhooks, subscriptions and invitations of the account follow. */
  rename(name: string, to: string): Promise<AccountOutcome>;
  /** From now on its reports are refused (after at most two seconds) and nobody has rights in it; everything in it stays. */
  close(name: string): Promise<AccountOutcome>;
  reopen(name: string): Promise<AccountOutcome>;

  members(account: string): Promise<readonly Member[]>;
  /** Adds somebody, or changes what they are. */
  setMember(member: Member, options?: KeepsAdmin): Promise<AccountOutcome>;
  /**
   * With their grants in the account, their places in its teams and their wishes for it. Alert rules that they saved for it are nobody's then, and
   * switched off, with the reason as their problem. Webhooks stay: they are the account's. Searches stay their own, and are
   * shared with people of a common account alone.
   */
  removeMember(account: string, userId: number, options?: KeepsAdmin): Promise<AccountOutcome>;

  teams(account: string): Promise<readonly Team[]>;
  createTeam(account: string, name: string): Promise<AccountOutcome>;
  /** With its grants. */
  deleteTeam(account: string, id: number): Promise<AccountOutcome>;
  /** Members of the account alone can be in a team of it. */
  setInTeam(account: string, id: number, userId: number, isIn: boolean): Promise<AccountOutcome>;
  /**
   * Puts somebody into the teams that groups lead to, and takes them out of all others where the same provider put them in; places given by hand
   * stay as they are. Whoever gets into a team belongs to the account from then on. All of it or nothing.
   */
  followGroups(groups: TeamsOfGroups): Promise<TeamChange>;

  grants(account: string): Promise<readonly Grant[]>;
  /** In place of what the same had for the same. Only members and teams of the account can be given anything. */
  grant(grant: Omit<Grant, 'id'>): Promise<AccountOutcome>;
  revoke(account: string, id: number): Promise<AccountOutcome>;

  /** What a person may do now; closed accounts are left out, and so is everything of a disabled person. */
  rightsOf(userId: number): Promise<Rights>;
  /** Everything in every open account: of whoever holds the environment's token, and of work that the server does for itself. */
  allRights(): Promise<Rights>;
  /** Everything in one account, as a service token starts from; nothing where it is closed. */
  rightsIn(account: string): Promise<Rights>;
}
