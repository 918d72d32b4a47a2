// Alert rules as they come from a form or the API, checked in one place: numbers, searches, whom they tell.
import { isTimeZone } from '../../alerts/alert-quiet-hours.ts';
import { parseQuery } from '../../search/query/parse-query.ts';
import { printQuery } from '../../search/query/print-query.ts';
import type { Query } from '../../search/query/query-tree.ts';
import type {
  AlertCondition,
  AlertQuietHours,
  AlertRule,
  AlertRuleFields,
  AlertTarget,
} from '../../store/alerts.ts';
import { mayTell } from '../../store/notifications.ts';
import type { Place } from '../../store/rights.ts';
import type { Person } from '../auth/person.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Checked } from '../view/bug-change.ts';
import { allOf, readCrashFilter } from './crash-filter.ts';
import { checkScope } from '../view/notification-wish.ts';

const MAX_NAME = 100;
const MAX_SEARCH = 3000;
const MAX_COUNT = 1_000_000_000;
const MAX_RELEASE = 200;
/** Four weeks: what a preview looks back. */
const MAX_MINUTES = 28 * 24 * 60;
const MAX_DAYS = 28;
const MAX_EVERY = 28 * 24 * 60;
const MAX_PERCENT = 100_000;
const MAX_TARGETS = 20;
const DEFAULT_EVERY = 24 * 60;

export type CheckedRule = AlertRuleFields & Pick<AlertRule, 'ownerId' | 'isProtected'>;

type Fields = Readonly<Record<string, unknown>>;

const bad = (fault: string): { readonly ok: false; readonly fault: string } => ({ ok: false, fault });
const good = <T>(value: T): Checked<T> => ({ ok: true, value });

/** Who saves a rule, and where. */
export interface RuleSurroundings {
  readonly context: Pick<ReportsContext, 'mail'>;
  readonly person: Person;
  readonly seen: SeenStore;
}

/** A rule as a person may save it. What the fields do not name stays as in `before`. */
export async function checkAlertRule(
  fields: Fields,
  { context, person, seen }: RuleSurroundings,
  before: AlertRule | null,
): Promise<Checked<CheckedRule>> {
  const {
    name = before?.name,
    account = before?.account,
    product = before?.product,
    condition = before?.condition,
    search = before?.search ?? '',
    savedSearch = null,
    bug = before?.bugId ?? null,
    everyMinutes = before?.everyMinutes ?? DEFAULT_EVERY,
    tellsEnd = before?.tellsEnd ?? false,
    quiet = before?.quiet ?? null,
    targets,
    enabled = before?.enabled ?? true,
    mutedUntil,
    ...unknown
  } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is not part of an alert rule.`);
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME)
    return bad(`"name" must be a text of 1 to ${MAX_NAME} characters.`);
  const scope = await checkScope(account, product, seen.settings, 'admin');
  if (!scope.ok) return scope;
  const checked = checkCondition(condition);
  if (!checked.ok) return checked;
  if (!isCount(everyMinutes, 1, MAX_EVERY))
    return bad(`"everyMinutes" must be a whole number from 1 to ${MAX_EVERY}.`);
  if (typeof tellsEnd !== 'boolean') return bad('"tellsEnd" must be true or false.');
  if (typeof enabled !== 'boolean') return bad('"enabled" must be true or false.');
  const hours = checkAlertQuiet(quiet);
  if (!hours.ok) return hours;
  const told =
    targets === undefined && before !== null
      ? await keptTargets(before.targets, scope.value, seen)
      : await checkTargets(targets, scope.value, { mail: context.mail, seen });
  if (!told.ok) return told;
  const muted = mutedUntil === undefined ? good(before?.mutedUntil ?? null) : checkMoment(mutedUntil);
  if (!muted.ok) return muted;
  const taken = await takenSearch(search, savedSearch, { person, seen });
  if (!taken.ok) return taken;
  const asked = { search: taken.value, bug, condition: checked.value };
  const looked = await checkSearch(asked, scope.value, { person, seen });
  if (!looked.ok) return looked;
  return good({
    name: name.trim(),
    ...scope.value,
    condition: checked.value,
    ...looked.value,
    everyMinutes,
    tellsEnd,
    quiet: hours.value,
    targets: told.value,
    enabled,
    mutedUntil: muted.value,
    ownerId: person.user?.id ?? null,
  });
}

/** What switches a rule, and leaves it the rule that it was: whoever may administer rules may do it, and it changes no owner. */
const SWITCHES: ReadonlySet<string> = new Set(['enabled', 'mutedUntil']);

/** A rule that is only switched; null: the fields change more. */
export function checkSwitch(fields: Fields, before: AlertRule): Checked<CheckedRule> | null {
  const names = Object.keys(fields);
  if (names.length === 0 || !names.every((name) => SWITCHES.has(name))) return null;
  const { enabled = before.enabled, mutedUntil } = fields;
  if (typeof enabled !== 'boolean') return bad('"enabled" must be true or false.');
  const muted = mutedUntil === undefined ? good(before.mutedUntil) : checkMoment(mutedUntil);
  if (!muted.ok) return muted;
  const { id: _id, changedAt: _at, revision: _revision, evaluatedTo: _to, state: _state, ...kept } = before;
  return good({ ...kept, enabled, mutedUntil: muted.value });
}

/** Whether what a rule found so far says nothing of the rule as it is now. */
export function isAnotherRule(before: AlertRule, after: CheckedRule): boolean {
  const looked = (rule: AlertRuleFields): string =>
    JSON.stringify([rule.account, rule.product, rule.condition, rule.search, rule.bugId]);
  return looked(before) !== looked(after) || (after.enabled && !before.enabled);
}

/** A condition as a person or an export gives it. */
export function checkCondition(value: unknown): Checked<AlertCondition> {
  if (typeof value !== 'object' || value === null) return bad('"condition" must be an object with a "kind".');
  const given = value as Fields;
  switch (given['kind']) {
    case 'crashes':
    case 'installations':
      return counts(given, given['kind']);
    case 'rise':
      return rise(given);
    case 'crash_free':
      return crashFree(given);
    case 'bugs': {
      const { kind, fresh = true, regressed = true, ...unknown } = given;
      const stranger = strangerIn(unknown);
      if (stranger !== null) return stranger;
      if (typeof fresh !== 'boolean' || typeof regressed !== 'boolean' || !(fresh || regressed))
        return bad('"fresh" and "regressed" must be true or false, and one of them true.');
      return good({ kind, fresh, regressed });
    }
    default:
      return bad('"kind" must be crashes, installations, rise, crash_free or bugs.');
  }
}

function strangerIn(unknown: Fields): { readonly ok: false; readonly fault: string } | null {
  const [stranger] = Object.keys(unknown);
  return stranger === undefined ? null : bad(`"${stranger}" is not part of this kind of condition.`);
}

function counts(given: Fields, kind: 'crashes' | 'installations'): Checked<AlertCondition> {
  const { kind: _kind, atLeast, minutes, ...unknown } = given;
  const stranger = strangerIn(unknown);
  if (stranger !== null) return stranger;
  if (!isCount(atLeast, 1, MAX_COUNT)) return bad('"atLeast" must be a whole number, at least 1.');
  if (!isCount(minutes, 1, MAX_MINUTES))
    return bad(`"minutes" must be a whole number from 1 to ${MAX_MINUTES}.`);
  return good({ kind, atLeast, minutes });
}

function rise(given: Fields): Checked<AlertCondition> {
  const { kind: _kind, of = 'crashes', percent, atLeast, minutes, ...unknown } = given;
  const stranger = strangerIn(unknown);
  if (stranger !== null) return stranger;
  if (of !== 'crashes' && of !== 'installations') return bad('"of" must be crashes or installations.');
  if (!isCount(percent, 1, MAX_PERCENT))
    return bad(`"percent" must be a whole number from 1 to ${MAX_PERCENT}.`);
  if (!isCount(atLeast, 1, MAX_COUNT)) return bad('"atLeast" must be a whole number, at least 1.');
  if (!isCount(minutes, 1, MAX_MINUTES))
    return bad(`"minutes" must be a whole number from 1 to ${MAX_MINUTES}.`);
  return good({ kind: 'rise', of, percent, atLeast, minutes });
}

function crashFree(given: Fields): Checked<AlertCondition> {
  const { kind: _kind, of = 'users', below, atLeast, days = 1, release = null, ...unknown } = given;
  const stranger = strangerIn(unknown);
  if (stranger !== null) return stranger;
  if (of !== 'users' && of !== 'sessions') return bad('"of" must be users or sessions.');
  if (typeof below !== 'number' || !(below > 0 && below <= 100))
    return bad('"below" must be a number above 0, up to 100.');
  if (!isCount(atLeast, 1, MAX_COUNT)) return bad('"atLeast" must be a whole number, at least 1.');
  if (!isCount(days, 1, MAX_DAYS)) return bad(`"days" must be a whole number from 1 to ${MAX_DAYS}.`);
  if (release !== null && (typeof release !== 'string' || release === '' || release.length > MAX_RELEASE))
    return bad(`"release" must be null or a text of 1 to ${MAX_RELEASE} characters.`);
  return good({ kind: 'crash_free', of, below, atLeast, days, release });
}

function isCount(value: unknown, least: number, greatest: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= greatest;
}

/** Quiet hours as a person or an export gives them. */
export function checkAlertQuiet(value: unknown): Checked<AlertQuietHours | null> {
  if (value === null) return good(null);
  const { from, to, zone = 'UTC', then = 'hold' } = typeof value === 'object' ? (value as Fields) : {};
  if (!isCount(from, 0, 23) || !isCount(to, 0, 23) || from === to)
    return bad('Quiet hours need two different hours from 0 to 23.');
  if (typeof zone !== 'string' || zone.length > 100 || !isTimeZone(zone))
    return bad('"zone" must be the name of a time zone, such as Europe/Berlin or UTC.');
  if (then !== 'hold' && then !== 'drop') return bad('"then" must be hold or drop.');
  return good({ from, to, zone, then });
}

function checkMoment(value: unknown): Checked<number | null> {
  if (value === null) return good(null);
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at)
    ? bad('"mutedUntil" must be a time such as 2026-11-30T18:00:00Z, or null.')
    : good(at);
}

/** What a rule told before: the rule may have moved to another place. */
async function keptTargets(
  targets: readonly AlertTarget[],
  of: Place,
  seen: SeenStore,
): Promise<Checked<readonly AlertTarget[]>> {
  const webhooks = await seen.settings.webhooks();
  const isElsewhere = targets.some((target) => {
    const known = target.kind === 'webhook' ? webhooks.find(({ id }) => id === target.webhookId) : undefined;
    return known !== undefined && !mayTell(known, of);
  });
  return isElsewhere ? bad(ELSEWHERE) : good(targets);
}

const ELSEWHERE =
  'A webhook that the rule tells is of another place: it must be of the same account, and of the same product or of all.';

async function checkTargets(
  value: unknown,
  of: Place,
  { mail, seen }: { readonly mail: boolean; readonly seen: SeenStore },
): Promise<Checked<readonly AlertTarget[]>> {
  if (!Array.isArray(value) || value.length > MAX_TARGETS)
    return bad(`"targets" must be a list of at most ${MAX_TARGETS}.`);
  const webhooks = await seen.settings.webhooks();
  const found: AlertTarget[] = [];
  for (const each of value as readonly unknown[]) {
    const { kind, user, webhook } = typeof each === 'object' && each !== null ? (each as Fields) : {};
    if (kind === 'mail') {
      if (!mail) return bad('This server sends no mail: the setting SMTP_URL names none to send it through.');
      const known = typeof user === 'string' ? await seen.settings.personByEmail(user) : null;
      if (known === null || known.disabled) return bad(`Nobody with the address ${shown(user)} may sign in.`);
      found.push({ kind, userId: known.id });
    } else if (kind === 'webhook') {
      const known = webhooks.find(({ id }) => id === webhook);
      if (known === undefined) return bad('There is no such webhook.');
      if (!mayTell(known, of)) return bad(ELSEWHERE);
      found.push({ kind, webhookId: known.id });
    } else return bad('A target is {"kind":"mail","user":ADDRESS} or {"kind":"webhook","webhook":ID}.');
  }
  const once = new Map(found.map((target) => [JSON.stringify(target), target]));
  return good([...once.values()]);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, MAX_NAME)}"` : 'that is missing';
}

/** The search, or what a kept search says now: a rule keeps the text, so that whoever changes the kept one changes no rule. */
async function takenSearch(
  search: unknown,
  saved: unknown,
  { person, seen }: Pick<RuleSurroundings, 'person' | 'seen'>,
): Promise<Checked<unknown>> {
  if (saved === null) return good(search);
  const all = await seen.savedSearches(person.user?.email ?? '');
  const found = all.find(({ id }) => id === saved);
  if (found === undefined)
    return bad('"savedSearch" is the number of no search that you keep or that is shared.');
  const params = new URLSearchParams(found.query);
  // The rule has a time of its own.
  params.delete('period');
  const { query, problem } = readCrashFilter(params);
  if (problem !== null) return bad(`The kept search: ${problem}`);
  return good(query === null ? '' : printQuery(allOf([query])));
}

/** What the rule itself says, a search must not say again. */
const TIME_KEYS: ReadonlySet<string> = new Set(['received', 'happened']);

async function checkSearch(
  {
    search,
    bug,
    condition,
  }: { readonly search: unknown; readonly bug: unknown; readonly condition: AlertCondition },
  of: { readonly account: string; readonly product: string | null },
  { person, seen }: Pick<RuleSurroundings, 'person' | 'seen'>,
): Promise<Checked<Pick<CheckedRule, 'search' | 'bugId' | 'isProtected'>>> {
  if (typeof search !== 'string' || search.length > MAX_SEARCH)
    return bad(`"search" must be a text of at most ${MAX_SEARCH} characters.`);
  if (bug !== null && !isCount(bug, 1, Number.MAX_SAFE_INTEGER))
    return bad('"bug" must be the number of a bug, or null.');
  const text = search.trim();
  if (condition.kind === 'crash_free' && (text !== '' || bug !== null))
    return bad(
      'Sessions know no crashes: a condition of crash-free users or sessions takes no search and no bug.',
    );
  const parsed = parseQuery(text);
  if ('fault' in parsed)
    return bad(`"search": ${parsed.fault.problem} (at character ${parsed.fault.at + 1})`);
  const time = keysIn(parsed.query).find((key) => TIME_KEYS.has(key.replace(/^crash\./, '')));
  if (time !== undefined)
    return bad(`"search": leave "${time}" out; the rule itself says which time is meant.`);
  const rights = await seen.searchRights(parsed.query, of);
  if ('fault' in rights)
    return bad(`"search": ${rights.fault.problem} (at character ${rights.fault.at + 1})`);
  if (rights.isProtected && person.user === null)
    return bad(
      '"search": a rule over protected data needs an owner, whose right it goes by; sign in to save it.',
    );
  if (bug !== null) {
    const known = await seen.getBug(bug);
    if (
      known === null ||
      known.account !== of.account ||
      (of.product !== null && known.product !== of.product)
    )
      return bad(of.product === null ? 'There is no such bug.' : 'The product has no such bug.');
  }
  return good({
    search: parsed.query.is === 'and' && parsed.query.of.length === 0 ? '' : printQuery(parsed.query),
    bugId: bug,
    isProtected: rights.isProtected,
  });
}

function keysIn(query: Query): readonly string[] {
  switch (query.is) {
    case 'clause':
      return [query.key];
    case 'word':
      return [];
    case 'not':
      return keysIn(query.of);
    default:
      return query.of.flatMap(keysIn);
  }
}
