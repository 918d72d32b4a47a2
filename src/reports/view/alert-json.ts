// Alert rules, their log and previews as the API gives them. What a rule over protected data searches for is seen with the right alone.
import { findingWords, ruleWords } from '../../alerts/alert-words.ts';
import type { AlertPreview } from '../../alerts/preview-rule.ts';
import type { AlertCondition, AlertFinding, AlertLogEntry, AlertRule } from '../../store/alerts.ts';
import type { Delivery } from '../../store/notifications.ts';
import type { User } from '../../store/people.ts';
import type { Person } from '../auth/person.ts';
import { isoTime } from './report-json.ts';

type ProtectedRule = Pick<AlertRule, 'isProtected' | 'account' | 'product'>;

/** Whether a person sees what a rule searches for, and what it finds. */
export function seesRule(rule: ProtectedRule, { rights }: Person): boolean {
  return !rule.isProtected || rights.of(rule)?.seesProtected === true;
}

/** The search of a rule for a person; null: it is protected. */
export function seenSearch(
  rule: Pick<AlertRule, 'search' | keyof ProtectedRule>,
  person: Person,
): string | null {
  return seesRule(rule, person) ? rule.search : null;
}

/** Why a rule cannot be evaluated, for a person: the words quote its search. */
export function seenProblem(
  rule: Pick<AlertRule, 'search' | 'state' | keyof ProtectedRule>,
  person: Person,
): string | null {
  const { problem } = rule.state;
  if (problem === null || rule.search === null || seenSearch(rule, person) !== null) return problem;
  return 'its search over protected data cannot be asked';
}

/** An entry of a rule's log for a person: which bugs a protected search finds is protected, too. */
export function seenEntry(rule: ProtectedRule, entry: AlertLogEntry, person: Person): AlertLogEntry {
  return seesRule(rule, person) ? entry : { ...entry, bugs: [] };
}

export function alertRuleJson(rule: AlertRule, person: Person, users: readonly User[]) {
  const search = seenSearch(rule, person);
  const emailOf = (userId: number): string | null => users.find(({ id }) => id === userId)?.email ?? null;
  const { since, lastFiredAt, held, heldMore } = rule.state;
  return {
    id: rule.id,
    name: rule.name,
    account: rule.account,
    product: rule.product,
    condition: rule.condition,
    search,
    protected: rule.isProtected,
    bug: rule.bugId,
    words: ruleWords({ ...rule, search }),
    everyMinutes: rule.everyMinutes,
    tellsEnd: rule.tellsEnd,
    quiet: rule.quiet,
    targets: rule.targets.map((target) =>
      target.kind === 'mail'
        ? { kind: target.kind, user: emailOf(target.userId) }
        : { kind: target.kind, webhook: target.webhookId },
    ),
    enabled: rule.enabled,
    mutedUntil: isoTime(rule.mutedUntil),
    owner: rule.ownerId === null ? null : emailOf(rule.ownerId),
    state: {
      firingSince: isoTime(since),
      lastFiredAt: isoTime(lastFiredAt),
      waiting: held.length + heldMore,
      problem: seenProblem(rule, person),
      evaluatedTo: isoTime(rule.evaluatedTo),
    },
  };
}

export function alertLogJson(
  condition: AlertCondition,
  entry: AlertLogEntry,
  deliveries: readonly Delivery[],
) {
  return {
    id: entry.id,
    ...findingJson(condition, entry),
    outcome: entry.outcome,
    toldAt: isoTime(entry.toldAt),
    deliveries: deliveriesOf(entry, deliveries).map(
      ({ id, channel, target, state, lastError, deliveredAt }) => ({
        id,
        channel,
        target,
        state,
        lastError,
        deliveredAt: isoTime(deliveredAt),
      }),
    ),
  };
}

/** The messages in which an entry of the log was told. */
export function deliveriesOf(entry: AlertLogEntry, deliveries: readonly Delivery[]): readonly Delivery[] {
  return entry.toldAt === null ? [] : deliveries.filter(({ alertAt }) => alertAt === entry.toldAt);
}

export function alertPreviewJson(condition: AlertCondition, preview: AlertPreview) {
  return {
    from: isoTime(preview.from),
    to: isoTime(preview.to),
    fired: preview.fired,
    messages: preview.messages,
    complete: preview.complete,
    firings: preview.firings.map(({ finding, outcome }) => ({ ...findingJson(condition, finding), outcome })),
  };
}

function findingJson(condition: AlertCondition, finding: AlertFinding) {
  const { what, value, limit, count, before, release, complete, bugs } = finding;
  return {
    at: isoTime(finding.at),
    what,
    words: findingWords(condition, finding),
    value,
    limit,
    count,
    before,
    release,
    complete,
    bugs,
  };
}
