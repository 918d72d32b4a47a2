// Alert rules and the log of when they fired. An evaluation is written down as a whole: state, log and messages.
import type {
  AlertAdvance,
  AlertLogEntry,
  AlertRule,
  AlertRuleFields,
  AlertState,
  AlertFinding,
  AlertOutcome,
  BugHappening,
} from '../../alerts.ts';
import { MAX_HAPPENINGS } from '../../alerts.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { enqueueAlert } from './outbox.ts';

/** Each rule costs a search a minute. */
const MAX_OF_PRODUCT = 50;
const MAX_OF_PERSON = 100;
const MAX_RULES = 500;
/** Lines of the log that a rule keeps. */
const MAX_LOG_OF_RULE = 500;

const NOTHING_YET: AlertState = {
  since: null,
  lastFiredAt: null,
  isTold: false,
  held: [],
  heldMore: 0,
  problem: null,
};

interface RuleRow {
  readonly id: number;
  readonly ownerId: number | null;
  /** As the account is called by now; `fields` may have a former name. */
  readonly account: string;
  readonly fields: string;
  readonly isProtected: number;
  readonly changedAt: number;
  readonly revision: number;
  readonly evaluatedTo: number;
  readonly state: string;
}

const COLUMNS = `id, owner_id AS ownerId, account, fields, protected AS isProtected, changed_at AS changedAt, revision,
  evaluated_to AS evaluatedTo, state`;
const selectAll = query<[], RuleRow>(`SELECT ${COLUMNS} FROM alert_rules ORDER BY name, id`);
const selectOne = query<[id: number], RuleRow>(`SELECT ${COLUMNS} FROM alert_rules WHERE id = ?`);

export function listAlertRules(connection: Connection): readonly AlertRule[] {
  return selectAll(connection).all().map(ruleOf);
}

export function getAlertRule(connection: Connection, id: number): AlertRule | null {
  const row = selectOne(connection).get(id);
  return row === undefined ? null : ruleOf(row);
}

function ruleOf({ fields, isProtected, state, ...row }: RuleRow): AlertRule {
  return {
    ...(JSON.parse(fields) as AlertRuleFields),
    ...row,
    isProtected: isProtected === 1,
    state: JSON.parse(state) as AlertState,
  };
}

const countAll = query<[], number>(`SELECT count(*) FROM alert_rules`);
const countOfProduct = query<[account: string, product: string | null], number>(`
  SELECT count(*) FROM alert_rules WHERE account = ? AND product IS ?`);
const countOfOwner = query<[ownerId: number], number>(`SELECT count(*) FROM alert_rules WHERE owner_id = ?`);

type Saved = AlertRuleFields & Pick<AlertRule, 'ownerId' | 'isProtected'>;

interface RowValues {
  readonly ownerId: number | null;
  readonly name: string;
  readonly account: string;
  readonly product: string | null;
  readonly fields: string;
  readonly isProtected: number;
  readonly enabled: number;
  readonly now: number;
}

const insert = query<[RowValues & { readonly state: string }]>(`
  INSERT INTO alert_rules
    (owner_id, name, account, product, fields, protected, enabled, changed_at, revision, evaluated_to, state)
  VALUES (@ownerId, @name, @account, @product, @fields, @isProtected, @enabled, @now, 1, @now, @state)`);
const update = query<[RowValues & { readonly id: number; readonly state: string | null }]>(`
  UPDATE alert_rules SET owner_id = @ownerId, name = @name, account = @account, product = @product, fields = @fields,
    protected = @isProtected, enabled = @enabled, changed_at = @now, revision = revision + 1,
    evaluated_to = CASE WHEN @state IS NULL THEN evaluated_to ELSE @now END, state = ifnull(@state, state)
  WHERE id = @id`);

function valuesOf({ ownerId, isProtected, ...fields }: Saved, now: number): RowValues {
  return {
    ownerId,
    name: fields.name,
    account: fields.account,
    product: fields.product,
    fields: JSON.stringify(fields),
    isProtected: isProtected ? 1 : 0,
    enabled: fields.enabled ? 1 : 0,
    now,
  };
}

/** Null: there are too many. */
export function createAlertRule({ connection }: WriteContext, rule: Saved, now: number): AlertRule | null {
  const full =
    (countAll(connection).pluck().get() ?? 0) >= MAX_RULES ||
    (countOfProduct(connection).pluck().get(rule.account, rule.product) ?? 0) >= MAX_OF_PRODUCT ||
    (rule.ownerId !== null && (countOfOwner(connection).pluck().get(rule.ownerId) ?? 0) >= MAX_OF_PERSON);
  if (full) return null;
  const { lastInsertRowid } = insert(connection).run({
    ...valuesOf(rule, now),
    state: JSON.stringify(NOTHING_YET),
  });
  return getAlertRule(connection, Number(lastInsertRowid));
}

const forgetHeld = query<[ruleId: number]>(`
  UPDATE alert_log SET outcome = 'logged' WHERE rule_id = ? AND outcome = 'held'`);

/** Null: it is gone. */
export function changeAlertRule(
  { connection }: WriteContext,
  id: number,
  rule: Saved,
  restart: boolean,
  now: number,
): AlertRule | null {
  update(connection).run({
    ...valuesOf(rule, now),
    id,
    state: restart ? JSON.stringify(NOTHING_YET) : null,
  });
  if (restart) forgetHeld(connection).run(id);
  return getAlertRule(connection, id);
}

const deleteOne = query<[id: number]>(`DELETE FROM alert_rules WHERE id = ?`);
const deleteLog = query<[id: number]>(`DELETE FROM alert_log WHERE rule_id = ?`);

export function deleteAlertRule({ connection }: WriteContext, id: number): boolean {
  deleteLog(connection).run(id);
  return deleteOne(connection).run(id).changes > 0;
}

const moveOn = query<
  [
    {
      readonly ruleId: number;
      readonly revision: number;
      readonly from: number;
      readonly to: number;
      readonly state: string;
    },
  ]
>(`
  UPDATE alert_rules SET evaluated_to = @to, state = @state
  WHERE id = @ruleId AND revision = @revision AND evaluated_to = @from`);
const insertLog = query<
  [ruleId: number, at: number, what: string, outcome: string, toldAt: number | null, finding: string]
>(
  `INSERT INTO alert_log (rule_id, at, what, outcome, told_at, finding) VALUES (?, ?, ?, ?, ?, sealed(?, 'alert_log.finding'))`,
);
const tellHeld = query<[toldAt: number, ruleId: number]>(`
  UPDATE alert_log SET told_at = ?, outcome = 'told' WHERE rule_id = ? AND outcome = 'held'`);
const trimLog = query<[ruleId: number, sameRule: number, keep: number]>(`
  DELETE FROM alert_log WHERE rule_id = ? AND id <= (
    SELECT id FROM alert_log WHERE rule_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`);

/** Of two processes that evaluated the same moments the second changes nothing. */
export function advanceAlert({ connection }: WriteContext, advance: AlertAdvance, now: number): boolean {
  const { ruleId, revision, from, to, state, findings, toldAt, messages } = advance;
  const moved = moveOn(connection).run({ ruleId, revision, from, to, state: JSON.stringify(state) });
  if (moved.changes === 0) return false;
  for (const { finding, outcome } of findings) {
    const { at, what } = finding;
    insertLog(connection).run(
      ruleId,
      at,
      what,
      outcome,
      outcome === 'told' ? toldAt : null,
      JSON.stringify(finding),
    );
  }
  if (toldAt !== null) {
    tellHeld(connection).run(toldAt, ruleId);
    for (const message of messages)
      enqueueAlert(connection, message, { alertId: ruleId, alertAt: toldAt, now });
  }
  if (findings.length > 0) trimLog(connection).run(ruleId, ruleId, MAX_LOG_OF_RULE);
  return true;
}

interface LogRow {
  readonly id: number;
  readonly ruleId: number;
  readonly outcome: AlertOutcome;
  readonly toldAt: number | null;
  readonly finding: string;
}

const LOG = `SELECT id, rule_id AS ruleId, outcome, told_at AS toldAt,
  opened(finding, 'alert_log.finding') AS finding FROM alert_log`;
const logOfRule = query<[ruleId: number, limit: number], LogRow>(
  `${LOG} WHERE rule_id = ? ORDER BY id DESC LIMIT ?`,
);
const logOfAll = query<[limit: number], LogRow>(`${LOG} ORDER BY id DESC LIMIT ?`);

/** Newest first. */
export function listAlertLog(
  connection: Connection,
  ruleId: number | null,
  limit: number,
): readonly AlertLogEntry[] {
  const rows = ruleId === null ? logOfAll(connection).all(limit) : logOfRule(connection).all(ruleId, limit);
  return rows.map(({ finding, ...row }) => Object.assign(row, JSON.parse(finding) as AlertFinding));
}

const newBugs = query<
  [account: string, product: string, from: number, to: number, limit: number],
  HappeningRow
>(`
  SELECT bugs.id AS bugId, bugs.created_at AS at FROM bugs
  JOIN products ON products.id = bugs.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND bugs.created_at >= ? AND bugs.created_at < ?
    AND bugs.duplicate_of IS NULL AND bugs.made_for IS NULL
  ORDER BY bugs.created_at DESC, bugs.id DESC LIMIT ?`);
const regressedBugs = query<
  [account: string, product: string, from: number, to: number, limit: number],
  HappeningRow
>(`
  SELECT bugs.id AS bugId, bug_events.at AS at FROM bug_events
  JOIN bugs ON bugs.id = bug_events.bug_id
  JOIN products ON products.id = bugs.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND bug_events.at >= ? AND bug_events.at < ?
    AND bug_events.what = 'reopened' AND bug_events.by IS NULL AND bugs.duplicate_of IS NULL
  ORDER BY bug_events.at DESC, bug_events.id DESC LIMIT ?`);

interface HappeningRow {
  readonly bugId: number;
  readonly at: number;
}

/** The newest of the time, oldest first. */
export function bugHappenings(
  connection: Connection,
  products: readonly { readonly account: string; readonly product: string }[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly BugHappening[] {
  return products
    .flatMap(({ account, product }): readonly BugHappening[] => [
      ...newBugs(connection)
        .all(account, product, from, to, MAX_HAPPENINGS)
        .map(({ bugId, at }) => ({ bugId, event: 'new' as const, at })),
      ...regressedBugs(connection)
        .all(account, product, from, to, MAX_HAPPENINGS)
        .map(({ bugId, at }) => ({ bugId, event: 'regressed' as const, at })),
    ])
    .toSorted((a, b) => a.at - b.at || a.bugId - b.bugId)
    .slice(-MAX_HAPPENINGS);
}
