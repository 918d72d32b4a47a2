// Accounts, members, teams, grants, and the rights that they come to: the reads.
import type { Account, Grant, Grantee, Member, Team } from '../../accounts.ts';
import { NO_RIGHTS, Rights, sumOfRights, type GivenRight, type Role } from '../../rights.ts';
import { query } from '../database/query.ts';
import { namesOfHoldingAccounts } from '../database/holding-accounts.ts';
import type { Connection } from '../database/query.ts';

const ACCOUNT = `
  SELECT name, created_at AS createdAt, closed_at AS closedAt,
    (SELECT count(*) FROM products WHERE account_id = accounts.id) AS products,
    (SELECT count(*) FROM members WHERE account_id = accounts.id) AS members
  FROM accounts`;
/** An account by a name that it has or had. */
const NAMED = `accounts.id = (SELECT account_id FROM account_names WHERE name = ?)`;

const selectAccounts = query<[], Account>(`${ACCOUNT} ORDER BY id`);
const selectAccount = query<[name: string], Account>(`${ACCOUNT} WHERE ${NAMED}`);

/** See the contract. */
export function findAccount(connection: Connection, name: string): Account | null {
  return selectAccount(connection).get(name) ?? null;
}

/** All accounts, oldest first. */
export function listAccounts(connection: Connection): readonly Account[] {
  return selectAccounts(connection).all();
}

const selectMembers = query<[account: string], { userId: number; account: string; isAdmin: number }>(`
  SELECT members.user_id AS userId, accounts.name AS account, members.is_admin AS isAdmin
  FROM members JOIN accounts ON accounts.id = members.account_id
  WHERE ${NAMED} ORDER BY members.user_id`);

/** Who belongs to an account. */
export function membersOf(connection: Connection, account: string): readonly Member[] {
  return selectMembers(connection)
    .all(account)
    .map(({ userId, account: name, isAdmin }) => ({ userId, account: name, isAdmin: isAdmin === 1 }));
}

const selectTeams = query<
  [account: string],
  { id: number; account: string; name: string; members: string; byGroups: string }
>(`
  SELECT teams.id, accounts.name AS account, teams.name,
    (SELECT json_group_array(user_id) FROM team_members WHERE team_id = teams.id) AS members,
    (SELECT json_group_array(user_id) FROM team_members WHERE team_id = teams.id AND provider IS NOT NULL) AS byGroups
  FROM teams JOIN accounts ON accounts.id = teams.account_id
  WHERE ${NAMED} ORDER BY teams.name`);

/** The teams of an account, by name. */
export function teamsOf(connection: Connection, account: string): readonly Team[] {
  return selectTeams(connection)
    .all(account)
    .map(({ id, account: current, name, members, byGroups }) => ({
      id,
      account: current,
      name,
      members: JSON.parse(members) as number[],
      byGroups: JSON.parse(byGroups) as number[],
    }));
}

interface RightRow {
  readonly account: string;
  readonly product: string | null;
  readonly role: Role;
  readonly seesProtected: number;
  readonly seesDumps: number;
}

const RIGHT = `
  accounts.name AS account, products.name AS product, grants.role, grants.sees_protected AS seesProtected,
  grants.sees_dumps AS seesDumps
  FROM grants JOIN accounts ON accounts.id = grants.account_id LEFT JOIN products ON products.id = grants.product_id`;

const selectGrants = query<
  [account: string],
  RightRow & { readonly id: number; readonly userId: number | null; readonly teamId: number | null }
>(`
  SELECT grants.id, grants.user_id AS userId, grants.team_id AS teamId, ${RIGHT}
  WHERE ${NAMED} ORDER BY grants.id`);

/** The grants of an account, the oldest first. */
export function grantsOf(connection: Connection, account: string): readonly Grant[] {
  return selectGrants(connection)
    .all(account)
    .map((row) => Object.assign(rightOf(row), { id: row.id, to: granteeOf(row.userId, row.teamId) }));
}

function granteeOf(userId: number | null, teamId: number | null): Grantee {
  if (userId !== null) return { kind: 'user', id: userId };
  return teamId === null ? { kind: 'everybody' } : { kind: 'team', id: teamId };
}

function rightOf({ account, product, role, seesProtected, seesDumps }: RightRow): GivenRight {
  return { account, product, role, seesProtected: seesProtected === 1, seesDumps: seesDumps === 1 };
}

const membershipsOf = query<[userId: number], { account: string; isAdmin: number }>(`
  SELECT accounts.name AS account, members.is_admin AS isAdmin
  FROM members JOIN accounts ON accounts.id = members.account_id JOIN users ON users.id = members.user_id
  WHERE members.user_id = ? AND accounts.closed_at IS NULL AND users.disabled = 0 ORDER BY accounts.id`);

const grantsFor = query<[{ userId: number }], RightRow>(`
  SELECT ${RIGHT}
  WHERE accounts.id IN (SELECT account_id FROM members WHERE user_id = @userId)
    AND (grants.user_id = @userId
      OR grants.team_id IN (SELECT team_id FROM team_members WHERE user_id = @userId)
      OR (grants.user_id IS NULL AND grants.team_id IS NULL))`);

/** See the contract. */
export function rightsOf(connection: Connection, userId: number): Rights {
  const memberships = membershipsOf(connection)
    .all(userId)
    .map(({ account, isAdmin }) => ({ account, isAdmin: isAdmin === 1 }));
  if (memberships.length === 0) return NO_RIGHTS;
  const accounts = sumOfRights(memberships, grantsFor(connection).all({ userId }).map(rightOf));
  const readable = new Set(
    accounts.filter(({ everyProduct }) => everyProduct !== null).map(({ account }) => account),
  );
  return new Rights(
    accounts,
    namesOfHoldingAccounts(connection).every((name) => readable.has(name)),
  );
}

const openAccounts = query<[], string>(`SELECT name FROM accounts WHERE closed_at IS NULL ORDER BY id`);

const EVERYTHING = { role: 'admin', seesProtected: true, seesDumps: true } as const;

/** See the contract. */
export function allRights(connection: Connection): Rights {
  const open = openAccounts(connection).pluck().all();
  const accounts = rightsInAccounts(open);
  const isOpen = new Set(open);
  return new Rights(
    accounts,
    namesOfHoldingAccounts(connection).every((name) => isOpen.has(name)),
  );
}

/** See the contract. */
export function rightsIn(connection: Connection, account: string): Rights {
  const isOpen = openAccounts(connection).pluck().all().includes(account);
  return isOpen ? new Rights(rightsInAccounts([account]), false) : NO_RIGHTS;
}

function rightsInAccounts(names: readonly string[]) {
  return names.map((account) => ({
    account,
    isAdmin: true,
    everyProduct: EVERYTHING,
    products: new Map(),
  }));
}
