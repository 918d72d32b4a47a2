// Accounts, who belongs to them, teams and grants: the writes.
import {
  MAX_ACCOUNTS,
  MAX_GRANTS_OF_ACCOUNT,
  MAX_TEAMS_OF_ACCOUNT,
  type AccountOutcome,
  type Grant,
  type Member,
  type TeamChange,
  type TeamsOfGroups,
} from '../../accounts.ts';
import type { KeepsAdmin } from '../../people.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** By a name that it has or had. */
const accountOf = query<[name: string], number>(`SELECT account_id FROM account_names WHERE name = ?`);
const nameOf = query<[id: number], string>(`SELECT name FROM accounts WHERE id = ?`);
const countAccounts = query<[], number>(`SELECT count(*) FROM accounts`);
const insertAccount = query<[name: string, at: number]>(
  `INSERT INTO accounts (name, created_at) VALUES (?, ?)`,
);
const insertName = query<[name: string, id: number]>(`
  INSERT INTO account_names (name, account_id) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`);

/** See the contract. */
export function createAccount({ connection }: WriteContext, name: string): AccountOutcome {
  if (accountOf(connection).pluck().get(name) !== undefined) return 'taken';
  if ((countAccounts(connection).pluck().get() ?? 0) >= MAX_ACCOUNTS) return 'too_many';
  const { lastInsertRowid } = insertAccount(connection).run(name, Date.now());
  insertName(connection).run(name, Number(lastInsertRowid));
  return 'done';
}

const setName = query<[name: string, id: number]>(`UPDATE accounts SET name = ? WHERE id = ?`);

/** Tables that say an account by its name. */
const moveName = {
  alertRules: query<[to: string, from: string]>(`UPDATE alert_rules SET account = ? WHERE account = ?`),
  subscriptions: query<[to: string, from: string]>(`UPDATE subscriptions SET account = ? WHERE account = ?`),
  webhooks: query<[to: string, from: string]>(`UPDATE webhooks SET account = ? WHERE account = ?`),
  invitations: query<[to: string, from: string]>(`
    UPDATE one_time_secrets SET data = json_set(data, '$.account', ?)
    WHERE purpose = 'invitation' AND json_valid(data) AND data ->> '$.account' = ?`),
  inbox: query<[to: string, from: string]>(`
    UPDATE inbox SET entry = sealed(json_set(opened(entry, 'inbox.entry'), '$.account', ?), 'inbox.entry')
    WHERE json_extract(opened(entry, 'inbox.entry'), '$.account') = ?`),
};

/** See the contract. */
export function renameAccount({ connection }: WriteContext, name: string, to: string): AccountOutcome {
  const id = accountOf(connection).pluck().get(name);
  if (id === undefined) return 'missing';
  const from = nameOf(connection).pluck().get(id) ?? name;
  if (from === to) return 'done';
  const owner = accountOf(connection).pluck().get(to);
  if (owner !== undefined && owner !== id) return 'taken';
  setName(connection).run(to, id);
  insertName(connection).run(to, id);
  for (const move of Object.values(moveName)) move(connection).run(to, from);
  return 'done';
}

const setClosed = query<[at: number | null, name: string]>(`
  UPDATE accounts SET closed_at = ? WHERE id = (SELECT account_id FROM account_names WHERE name = ?)`);

/** See the contract. */
export function setAccountClosed(
  { connection }: WriteContext,
  name: string,
  closedAt: number | null,
): AccountOutcome {
  return setClosed(connection).run(closedAt, name).changes > 0 ? 'done' : 'missing';
}

const anyUserOf = query<[id: number], number>(`SELECT 1 FROM users WHERE id = ?`);
const saveMember = query<[accountId: number, userId: number, isAdmin: number]>(`
  INSERT INTO members (account_id, user_id, is_admin) VALUES (?, ?, ?)
  ON CONFLICT (account_id, user_id) DO UPDATE SET is_admin = excluded.is_admin`);

/** Whether somebody is the only one who administers an account and is not switched off. */
const isOnlyAdmin = query<[{ accountId: number; userId: number }], number>(`
  SELECT count(*) = 1 AND max(user_id) = @userId FROM members JOIN users ON users.id = user_id
  WHERE account_id = @accountId AND members.is_admin = 1 AND disabled = 0`);

/** See the contract. */
export function setMember(
  { connection }: WriteContext,
  { account, userId, isAdmin }: Member,
  { keepsAdmin = false }: KeepsAdmin,
): AccountOutcome {
  const id = accountOf(connection).pluck().get(account);
  if (id === undefined || anyUserOf(connection).pluck().get(userId) === undefined) return 'missing';
  if (keepsAdmin && !isAdmin && isOnlyAdmin(connection).pluck().get({ accountId: id, userId }) === 1)
    return 'last_admin';
  saveMember(connection).run(id, userId, isAdmin ? 1 : 0);
  return 'done';
}

const deleteMember = query<[accountId: number, userId: number]>(`
  DELETE FROM members WHERE account_id = ? AND user_id = ?`);
/** What goes with a membership. */
const deleteWithMember = {
  grants: query<[{ account: string; accountId: number; userId: number }]>(
    `DELETE FROM grants WHERE account_id = @accountId AND user_id = @userId`,
  ),
  teams: query<[{ account: string; accountId: number; userId: number }]>(`
    DELETE FROM team_members
    WHERE user_id = @userId AND team_id IN (SELECT id FROM teams WHERE account_id = @accountId)`),
  wishes: query<[{ account: string; accountId: number; userId: number }]>(
    `DELETE FROM subscriptions WHERE user_id = @userId AND account = @account`,
  ),
};

const LEFT =
  'Whoever saved it has left the account, so it was switched off. Whoever switches it on again takes it over.';
/** As the alert rules' own switch leaves it: what was held back for a later message is told to nobody. */
const forgetHeld = query<[account: string, ownerId: number]>(`
  UPDATE alert_log SET outcome = 'logged'
  WHERE outcome = 'held' AND rule_id IN (SELECT id FROM alert_rules WHERE account = ? AND owner_id = ?)`);
const disownRules = query<[{ account: string; userId: number; problem: string; now: number }]>(`
  UPDATE alert_rules SET owner_id = NULL, enabled = 0, fields = json_set(fields, '$.enabled', json('false')),
    state = json_set(state, '$.problem', @problem, '$.held', json('[]'), '$.heldMore', 0), changed_at = @now,
    revision = revision + 1
  WHERE account = @account AND owner_id = @userId`);

/** See the contract. */
export function removeMember(
  { connection }: WriteContext,
  account: string,
  userId: number,
  { keepsAdmin = false }: KeepsAdmin,
): AccountOutcome {
  const accountId = accountOf(connection).pluck().get(account);
  if (accountId === undefined) return 'missing';
  if (keepsAdmin && isOnlyAdmin(connection).pluck().get({ accountId, userId }) === 1) return 'last_admin';
  if (deleteMember(connection).run(accountId, userId).changes === 0) return 'missing';
  const current = nameOf(connection).pluck().get(accountId) ?? account;
  for (const remove of Object.values(deleteWithMember))
    remove(connection).run({ account: current, accountId, userId });
  forgetHeld(connection).run(current, userId);
  disownRules(connection).run({ account: current, userId, problem: LEFT, now: Date.now() });
  return 'done';
}

const countTeams = query<[accountId: number], number>(`SELECT count(*) FROM teams WHERE account_id = ?`);
const insertTeam = query<[accountId: number, name: string]>(`
  INSERT INTO teams (account_id, name) VALUES (?, ?) ON CONFLICT (account_id, name) DO NOTHING`);
const removeTeam = query<[accountId: number, id: number]>(
  `DELETE FROM teams WHERE account_id = ? AND id = ?`,
);

/** See the contract. */
export function createTeam({ connection }: WriteContext, account: string, name: string): AccountOutcome {
  const id = accountOf(connection).pluck().get(account);
  if (id === undefined) return 'missing';
  if ((countTeams(connection).pluck().get(id) ?? 0) >= MAX_TEAMS_OF_ACCOUNT) return 'too_many';
  return insertTeam(connection).run(id, name).changes > 0 ? 'done' : 'taken';
}

/** See the contract. */
export function deleteTeam({ connection }: WriteContext, account: string, id: number): AccountOutcome {
  const accountId = accountOf(connection).pluck().get(account) ?? 0;
  return removeTeam(connection).run(accountId, id).changes > 0 ? 'done' : 'missing';
}

const teamOf = query<[accountId: number, id: number], number>(
  `SELECT 1 FROM teams WHERE account_id = ? AND id = ?`,
);
const memberOf = query<[accountId: number, userId: number], number>(
  `SELECT 1 FROM members WHERE account_id = ? AND user_id = ?`,
);
const addToTeam = query<[teamId: number, userId: number]>(`
  INSERT INTO team_members (team_id, user_id) VALUES (?, ?)
  ON CONFLICT (team_id, user_id) DO UPDATE SET provider = NULL`);
const takeFromTeam = query<[teamId: number, userId: number]>(`
  DELETE FROM team_members WHERE team_id = ? AND user_id = ?`);

/** See the contract. */
export function setInTeam(
  { connection }: WriteContext,
  account: string,
  id: number,
  userId: number,
  isIn: boolean,
): AccountOutcome {
  const accountId = accountOf(connection).pluck().get(account) ?? 0;
  if (!has(teamOf(connection), accountId, id) || !has(memberOf(connection), accountId, userId))
    return 'missing';
  (isIn ? addToTeam : takeFromTeam)(connection).run(id, userId);
  return 'done';
}

const teamNamed = query<[accountId: number, name: string], number>(`
  SELECT id FROM teams WHERE account_id = ? AND name = ?`);
const joinAccount = query<[accountId: number, userId: number]>(`
  INSERT INTO members (account_id, user_id, is_admin) VALUES (?, ?, 0) ON CONFLICT DO NOTHING`);
const addByGroups = query<[teamId: number, userId: number, provider: string]>(`
  INSERT INTO team_members (team_id, user_id, provider) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`);
/** In every account: the provider may have led to another one before. */
const leaveOthers = query<[userId: number, provider: string, staysIn: string], number>(`
  DELETE FROM team_members
  WHERE user_id = ? AND provider = ? AND team_id NOT IN (SELECT value FROM json_each(?)) RETURNING team_id`);
const nameOfTeam = query<[id: number], string>(`SELECT name FROM teams WHERE id = ?`);

/** See the contract. */
export function followGroups(
  { connection }: WriteContext,
  { account, userId, provider, teams }: TeamsOfGroups,
): TeamChange {
  const accountId = accountOf(connection).pluck().get(account) ?? 0;
  const named = [...new Set(teams)].map((name) => ({
    name,
    id: teamNamed(connection).pluck().get(accountId, name),
  }));
  const joined: string[] = [];
  for (const { name, id } of named) {
    if (id === undefined) continue;
    joinAccount(connection).run(accountId, userId);
    if (addByGroups(connection).run(id, userId, provider).changes > 0) joined.push(name);
  }
  const staysIn = JSON.stringify(named.flatMap(({ id }) => id ?? []));
  const left = leaveOthers(connection)
    .pluck()
    .all(userId, provider, staysIn)
    .map((id) => nameOfTeam(connection).pluck().get(id) ?? '');
  return { joined, left, unknown: named.filter(({ id }) => id === undefined).map(({ name }) => name) };
}

const productOf = query<[accountId: number, name: string], number>(`
  SELECT id FROM products WHERE account_id = ? AND name = ?`);
const countGrants = query<[accountId: number], number>(`SELECT count(*) FROM grants WHERE account_id = ?`);
interface GrantPlace {
  readonly accountId: number;
  readonly productId: number | null;
  readonly userId: number | null;
  readonly teamId: number | null;
}
const sameGrant = query<[GrantPlace]>(`
  DELETE FROM grants
  WHERE account_id = @accountId AND product_id IS @productId AND user_id IS @userId AND team_id IS @teamId`);
const insertGrant = query<
  [GrantPlace & { readonly role: string; readonly seesProtected: number; readonly seesDumps: number }]
>(`
  INSERT INTO grants (account_id, product_id, user_id, team_id, role, sees_protected, sees_dumps)
  VALUES (@accountId, @productId, @userId, @teamId, @role, @seesProtected, @seesDumps)`);

/** See the contract. */
export function grantRight({ connection }: WriteContext, grant: Omit<Grant, 'id'>): AccountOutcome {
  const place = placeOf(connection, grant);
  if (place === null) return 'missing';
  sameGrant(connection).run(place);
  if ((countGrants(connection).pluck().get(place.accountId) ?? 0) >= MAX_GRANTS_OF_ACCOUNT) return 'too_many';
  const { role, seesProtected, seesDumps } = grant;
  insertGrant(connection).run({
    ...place,
    role,
    seesProtected: seesProtected ? 1 : 0,
    seesDumps: seesDumps ? 1 : 0,
  });
  return 'done';
}

/** Null: something that the grant names is not in the account. */
function placeOf(connection: Connection, { account, product, to }: Omit<Grant, 'id'>): GrantPlace | null {
  const accountId = accountOf(connection).pluck().get(account);
  if (accountId === undefined) return null;
  const productId =
    product === null ? null : (productOf(connection).pluck().get(accountId, product) ?? undefined);
  if (productId === undefined) return null;
  if (to.kind === 'user' && !has(memberOf(connection), accountId, to.id)) return null;
  if (to.kind === 'team' && !has(teamOf(connection), accountId, to.id)) return null;
  return {
    accountId,
    productId,
    userId: to.kind === 'user' ? to.id : null,
    teamId: to.kind === 'team' ? to.id : null,
  };
}

const deleteGrant = query<[accountId: number, id: number]>(
  `DELETE FROM grants WHERE account_id = ? AND id = ?`,
);

/** See the contract. */
export function revokeRight({ connection }: WriteContext, account: string, id: number): AccountOutcome {
  const accountId = accountOf(connection).pluck().get(account) ?? 0;
  return deleteGrant(connection).run(accountId, id).changes > 0 ? 'done' : 'missing';
}

function has(statement: ReturnType<typeof teamOf>, accountId: number, id: number): boolean {
  return statement.pluck().get(accountId, id) !== undefined;
}
