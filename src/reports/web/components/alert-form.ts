// The fields of an alert rule, and what they say: one form for a new rule, a change and a preview, which works without scripts.
import { html } from 'hono/html';
import { durationWords } from '../../../alerts/alert-words.ts';
import { maskedTarget } from '../../view/alert-target.ts';
import type { SavedSearch } from '../../../store/crash-search.ts';
import type { AlertRule } from '../../../store/alerts.ts';
import type { User } from '../../../store/people.ts';
import type { Webhook } from '../../../store/notifications.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Form, Html, MemberRequest } from '../page.ts';
import { checkbox, field, select } from './form-controls.ts';
import { readScope, scopeChoices, scopeValue } from './notification-choices.ts';

/** What stands in the fields. */
export type AlertFields = Readonly<Record<FieldName, string>> & { readonly webhooks: readonly string[] };

const NAMES = [
  'name',
  'scope',
  'kind',
  'at-least',
  'window',
  'percent',
  'below',
  'release',
  'days',
  'fresh',
  'regressed',
  'search',
  'saved-search',
  'bug',
  'every',
  'tells-end',
  'quiet-from',
  'quiet-to',
  'zone',
  'then',
  'mail',
  'enabled',
] as const;
type FieldName = (typeof NAMES)[number];

const KINDS = [
  { value: 'crashes', label: 'Crashes in a time' },
  { value: 'installations', label: 'Installations that crashed in a time' },
  { value: 'rise crashes', label: 'Rise of crashes against the time before' },
  { value: 'rise installations', label: 'Rise of installations against the time before' },
  { value: 'crash_free users', label: 'Crash-free users below a line' },
  { value: 'crash_free sessions', label: 'Crash-free sessions below a line' },
  { value: 'bugs', label: 'New or regressed bugs' },
] as const;

const FRESH: AlertFields = {
  name: '',
  scope: scopeValue('default', null),
  kind: 'crashes',
  'at-least': '100',
  window: '1h',
  percent: '100',
  below: '99.5',
  release: '',
  days: '1',
  fresh: 'yes',
  regressed: 'yes',
  search: '',
  'saved-search': '',
  bug: '',
  every: '24h',
  'tells-end': '',
  'quiet-from': '',
  'quiet-to': '',
  zone: 'UTC',
  then: 'hold',
  mail: '',
  enabled: 'yes',
  webhooks: [],
};

/** The fields of a new rule; a link may fill in some: a search, a bug, a product. */
export function freshFields(params: URLSearchParams): AlertFields {
  const account = params.get('account') ?? 'default';
  const product = params.get('product');
  return {
    ...FRESH,
    ...(product === null ? {} : { scope: scopeValue(account, product) }),
    search: (params.get('q') ?? '').slice(0, 3000),
    bug: (params.get('bug') ?? '').slice(0, 20),
  };
}

/** The fields of a rule as it is. */
export function fieldsOf(rule: AlertRule, users: readonly User[]): AlertFields {
  const { condition, quiet } = rule;
  const mail = rule.targets.flatMap((target) =>
    target.kind === 'mail' ? (users.find(({ id }) => id === target.userId)?.email ?? []) : [],
  );
  return {
    ...FRESH,
    name: rule.name,
    scope: scopeValue(rule.account, rule.product),
    kind: 'of' in condition ? `${condition.kind} ${condition.of}` : condition.kind,
    ...('atLeast' in condition ? { 'at-least': String(condition.atLeast) } : {}),
    ...('minutes' in condition ? { window: durationText(condition.minutes) } : {}),
    ...(condition.kind === 'rise' ? { percent: String(condition.percent) } : {}),
    ...(condition.kind === 'crash_free'
      ? { below: String(condition.below), release: condition.release ?? '', days: String(condition.days) }
      : {}),
    ...(condition.kind === 'bugs'
      ? { fresh: condition.fresh ? 'yes' : '', regressed: condition.regressed ? 'yes' : '' }
      : {}),
    search: rule.search,
    bug: rule.bugId === null ? '' : String(rule.bugId),
    every: durationText(rule.everyMinutes),
    'tells-end': rule.tellsEnd ? 'yes' : '',
    ...(quiet === null
      ? {}
      : {
          'quiet-from': String(quiet.from),
          'quiet-to': String(quiet.to),
          zone: quiet.zone,
          then: quiet.then,
        }),
    mail: mail.join(', '),
    enabled: rule.enabled ? 'yes' : '',
    webhooks: rule.targets.flatMap((target) => (target.kind === 'webhook' ? [String(target.webhookId)] : [])),
  };
}

/** What was typed. */
export function typedFields(form: Form): AlertFields {
  const typed = Object.fromEntries(NAMES.map((name) => [name, form.text(name).trim()]));
  return { ...FRESH, ...typed, webhooks: form.all('webhook') };
}

/** What the fields say, unchecked, as the API takes it. */
export function ruleFieldsOf(fields: AlertFields): Readonly<Record<string, unknown>> {
  const [kind = '', of] = fields.kind.split(' ');
  const quiet = fields['quiet-from'] === '' && fields['quiet-to'] === '';
  return {
    name: fields.name,
    ...readScope(fields.scope),
    condition: conditionOf(kind, of, fields),
    search: fields.search,
    savedSearch: fields['saved-search'] === '' ? null : Number(fields['saved-search']),
    bug: fields.bug === '' ? null : Number(fields.bug.replace(/^#/, '')),
    everyMinutes: minutesOf(fields.every),
    tellsEnd: fields['tells-end'] === 'yes',
    quiet: quiet
      ? null
      : {
          from: numberOf(fields['quiet-from']),
          to: numberOf(fields['quiet-to']),
          zone: fields.zone,
          then: fields.then,
        },
    targets: [
      ...fields.mail
        .split(/[\s,;]+/)
        .filter((user) => user !== '')
        .map((user) => ({ kind: 'mail', user })),
      ...fields.webhooks.map((id) => ({ kind: 'webhook', webhook: Number(id) })),
    ],
    enabled: fields.enabled === 'yes',
  };
}

function conditionOf(kind: string, of: string | undefined, fields: AlertFields): unknown {
  const atLeast = numberOf(fields['at-least']);
  const minutes = minutesOf(fields.window);
  switch (kind) {
    case 'rise':
      return { kind, of, percent: numberOf(fields.percent), atLeast, minutes };
    case 'crash_free':
      return {
        kind,
        of,
        below: numberOf(fields.below),
        atLeast,
        days: numberOf(fields.days),
        release: fields.release === '' ? null : fields.release,
      };
    case 'bugs':
      return { kind, fresh: fields.fresh === 'yes', regressed: fields.regressed === 'yes' };
    default:
      return { kind, atLeast, minutes };
  }
}

function numberOf(text: string): number {
  return text === '' ? Number.NaN : Number(text.replace(/\s*%$/, ''));
}

const UNITS: Readonly<Record<string, number>> = { m: 1, min: 1, h: 60, d: 1440, w: 10_080 };

/** `15min`, `2h`, `7d`; NaN: it is no time. */
function minutesOf(text: string): number {
  const [, number, unit = 'min'] = /^(\d{1,6})\s*(m|min|h|d|w)?$/.exec(text) ?? [];
  return number === undefined ? Number.NaN : Number(number) * (UNITS[unit] ?? 1);
}

function durationText(minutes: number): string {
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}min`;
}

const HOURS = [
  { value: '', label: 'none' },
  ...Array.from({ length: 24 }, (_, hour) => ({
    value: String(hour),
    label: `${String(hour).padStart(2, '0')}:00`,
  })),
];
/** Offered while typing; every other zone that there is can be typed. */
const ZONES = [
  ...[
    'UTC',
    'Europe/London',
    'Europe/Berlin',
    'Europe/Paris',
    'Europe/Madrid',
    'Europe/Helsinki',
    'Europe/Istanbul',
  ],
  ...[
    'America/New_York',
    'America/Chicago',
    'America/Denver',
    'America/Los_Angeles',
    'America/Toronto',
    'America/Sao_Paulo',
  ],
  ...[
    'Africa/Johannesburg',
    'Asia/Dubai',
    'Asia/Kolkata',
    'Asia/Singapore',
    'Asia/Shanghai',
    'Asia/Tokyo',
    'Asia/Seoul',
  ],
  ...['Australia/Sydney', 'Pacific/Auckland'],
];

/** The fields with what stands in them. */
export async function alertFormFields(
  { context, seen }: MemberRequest,
  fields: AlertFields,
  saved: readonly SavedSearch[],
): Promise<Html> {
  const webhooks = await seen.settings.webhooks();
  return html`<fieldset>
      <legend>Rule</legend>
      ${field({ name: 'name', label: 'Name', required: true, maxLength: 100, value: fields.name })}
      ${select({ name: 'scope', label: 'Product', value: fields.scope, choices: await scopeChoices(seen.settings, 'all products together') })}
    </fieldset>
    <fieldset>
      <legend>Condition</legend>
      ${select({ name: 'kind', label: 'Tell when there are', value: fields.kind, choices: KINDS })}
      <div class="fields">
        ${field({ name: 'at-least', label: 'At least', value: fields['at-least'], hint: 'Crashes or installations; of crash-free, the users or sessions that there must be.' })}
        ${field({ name: 'window', label: 'Within', value: fields.window, offers: ['5min', '15min', '1h', '6h', '24h', '7d'], hint: 'Minutes, hours or days: 15min, 2h, 7d. By time of arrival.' })}
      </div>
      <details ${fields.kind.startsWith('rise') ? html` open` : null}>
        <summary>Of a rise</summary>
        ${field({ name: 'percent', label: 'Percent more than in the time before', value: fields.percent, hint: '100: twice as many.' })}
      </details>
      <details ${fields.kind.startsWith('crash_free') ? html` open` : null}>
        <summary>Of crash-free users and sessions</summary>
        <div class="fields">
          ${field({ name: 'below', label: 'Below this percentage', value: fields.below })}
          ${field({ name: 'release', label: 'Release', value: fields.release, maxLength: 200, hint: 'Empty: each release by itself.' })}
          ${field({ name: 'days', label: 'Days, today among them', value: fields.days })}
        </div>
      </details>
      <details ${fields.kind === 'bugs' ? html` open` : null}>
        <summary>Of bugs</summary>
        ${checkbox({ name: 'fresh', label: 'Bugs that were not there before', checked: fields.fresh === 'yes' })}
        ${checkbox({ name: 'regressed', label: 'Bugs that were closed and crash again', checked: fields.regressed === 'yes' })}
      </details>
    </fieldset>
    <fieldset>
      <legend>Only crashes that match</legend>
      ${field({ name: 'search', label: 'Search', value: fields.search, maxLength: 3000, placeholder: 'version:>=2.1 platform:windows', hint: 'As on the search page; empty: every crash.' })}
      ${
        saved.length === 0
          ? null
          : select({
              name: 'saved-search',
              label: 'or take over a kept search',
              value: fields['saved-search'],
              choices: [
                { value: '', label: 'none' },
                ...saved.map(({ id, name }) => ({ value: String(id), label: excerpt(name, 100).text })),
              ],
            })
      }
      ${field({ name: 'bug', label: 'Number of a bug', value: fields.bug, maxLength: 17, placeholder: '#12' })}
    </fieldset>
    <fieldset>
      <legend>Whom to tell</legend>
      ${field({ name: 'mail', label: 'By mail', value: fields.mail, maxLength: 3000, hint: context.mail ? 'Addresses of people who may sign in, with commas between them.' : 'This server sends no mail yet: the setting SMTP_URL names none to send it through.' })}
      ${webhooks.length === 0 ? html`<p class="quiet">There are no <a href="/webhooks">webhooks</a> yet: chats and servers are added there.</p>` : webhooks.map((webhook) => webhookBox(webhook, fields.webhooks))}
    </fieldset>
    <fieldset>
      <legend>How often, and when not</legend>
      ${field({ name: 'every', label: 'At most once in', value: fields.every, offers: ['15min', '1h', '6h', '24h', '7d'], hint: 'A condition that goes on holding is told again after this time.' })}
      ${checkbox({ name: 'tells-end', label: 'Also tell that it is over', checked: fields['tells-end'] === 'yes' })}
      <div class="fields">
        ${select({ name: 'quiet-from', label: 'Quiet from', value: fields['quiet-from'], choices: HOURS })}
        ${select({ name: 'quiet-to', label: 'until', value: fields['quiet-to'], choices: HOURS })}
        ${field({ name: 'zone', label: 'Time zone', value: fields.zone, offers: ZONES, maxLength: 100 })}
        ${select({
          name: 'then',
          label: 'What fires then',
          value: fields.then,
          choices: [
            { value: 'hold', label: 'is told afterwards, in one message' },
            { value: 'drop', label: 'is only logged' },
          ],
        })}
      </div>
      ${checkbox({ name: 'enabled', label: 'Switched on', checked: fields.enabled === 'yes' })}
    </fieldset>`;
}

function webhookBox(webhook: Webhook, chosen: readonly string[]): Html {
  const id = String(webhook.id);
  return html`<div class="check">
    <input
      id="field-webhook-${id}"
      name="webhook"
      type="checkbox"
      value="${id}"
      ${chosen.includes(id) ? html` checked` : null}
    />
    <label for="field-webhook-${id}"
      >${maskedTarget(webhook)}${webhook.enabled ? null : html` <span class="quiet">(switched off)</span>`}</label
    >
  </div>`;
}

/** `once in 24 hours`. */
export function everyWords(minutes: number): string {
  return `at most once in ${durationWords(minutes)}`;
}
