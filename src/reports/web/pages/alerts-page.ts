// /alerts: the alert rules with where they stand, and a form for a new one, with its preview.
import { html } from 'hono/html';
import { ruleWords } from '../../../alerts/alert-words.ts';
import { previewRule } from '../../../alerts/preview-rule.ts';
import type { AlertPreview } from '../../../alerts/preview-rule.ts';
import type { AlertCondition, AlertRule } from '../../../store/alerts.ts';
import { checkAlertRule } from '../../query/alert-wish.ts';
import type { CheckedRule } from '../../query/alert-wish.ts';
import { seenSearch } from '../../view/alert-json.ts';
import { targetWords } from '../../view/alert-target.ts';
import { excerpt } from '../../view/excerpt.ts';
import { alertFormFields, freshFields, ruleFieldsOf, typedFields } from '../components/alert-form.ts';
import type { AlertFields } from '../components/alert-form.ts';
import { alertPreview } from '../components/alert-preview.ts';
import { faultBox, form } from '../components/form-controls.ts';
import { table } from '../components/table.ts';
import { cut, nothing, time } from '../components/value-table.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

export const alertsPage: MemberPage = {
  path: '/alerts',
  access: 'admin',
  nav: 'alerts',
  view: (request) => show(request, null),
  actions: { create: { access: 'admin', run: create } },
};

/** What a form was answered with. */
export interface Tried {
  readonly fields: AlertFields;
  readonly fault: string | null;
  readonly preview: { readonly condition: AlertCondition; readonly found: AlertPreview } | null;
}

async function create(request: MemberRequest, posted: Form): Promise<PageAnswer> {
  const tried = await tryRule(request, posted, null);
  if ('answer' in tried) return show(request, tried.answer);
  const rule = await request.seen.settings.createRule(tried.rule);
  if (rule !== null) return { kind: 'redirect', to: `/alerts/${rule.id}`, done: 'alert-added' };
  const fault = 'There are as many rules as the product, you or the server may have.';
  return show(request, { fields: typedFields(posted), fault, preview: null });
}

/** The rule that a form asks to save; or what to answer: a fault, or the preview that was asked for. */
export async function tryRule(
  request: MemberRequest,
  posted: Form,
  before: AlertRule | null,
): Promise<{ readonly rule: CheckedRule } | { readonly answer: Tried }> {
  const fields = typedFields(posted);
  const checked = await checkAlertRule(ruleFieldsOf(fields), request, before);
  if (!checked.ok) return { answer: { fields, fault: checked.fault, preview: null } };
  const rule = checked.value;
  if (posted.text('do') !== 'preview') return { rule };
  const found = await previewRule(rule, await request.seen.alertSource(rule, rule), request.now);
  // A kept search that was taken over stands in the field from now on.
  const shown = { ...fields, search: rule.search, 'saved-search': '' };
  if ('problem' in found) return { answer: { fields: shown, fault: found.problem, preview: null } };
  return { answer: { fields: shown, fault: null, preview: { condition: rule.condition, found } } };
}

/** The form, with what came of the last try above its buttons. */
export async function alertEditor(
  request: MemberRequest,
  { to, action, save }: { readonly to: string; readonly action: string; readonly save: string },
  { fields, fault, preview }: Tried,
): Promise<Html> {
  const saved = await request.seen.savedSearches(request.person.user?.email ?? '');
  return html`${faultBox(fault)}
  ${preview === null ? null : alertPreview(preview.condition, preview.found)}
  ${form(
    { to, action, csrf: request.csrf },
    html`${await alertFormFields(request, fields, saved)}
      <p class="buttons">
        <button name="do" value="preview">Preview on the last 28 days</button>
        <button class="primary" name="do" value="save">${save}</button>
      </p>`,
  )}`;
}

async function show(request: MemberRequest, tried: Tried | null): Promise<PageAnswer> {
  const params = request.url.searchParams;
  const rules = await request.seen.settings.alertRules();
  const filled = ['q', 'bug', 'product'].some((name) => params.has(name));
  const list =
    rules.length === 0 ? html`<p class="empty">There are none yet.</p>` : await ruleTable(request, rules);
  const editor = await alertEditor(
    request,
    { to: '/alerts', action: 'create', save: 'Add rule' },
    tried ?? { fields: freshFields(params), fault: null, preview: null },
  );
  return {
    kind: 'html',
    title: 'Alerts',
    status: tried === null || tried.fault === null ? 200 : 400,
    body: html`<h1>Alerts</h1>
      <p class="lead">
        Rules that tell people, servers and chats when crashes pass a line. <a href="/alerts/history">What was sent and why</a>
      </p>
      ${tried === null ? list : null}
      <details ${tried !== null || rules.length === 0 || filled ? html` open` : null}>
        <summary>Add a rule</summary>
        ${editor}
      </details>
      ${tried === null ? null : list}`,
  };
}

async function ruleTable(request: MemberRequest, rules: readonly AlertRule[]): Promise<Html> {
  const { settings } = request.seen;
  const [users, webhooks] = await Promise.all([settings.people(), settings.webhooks()]);
  return table({
    caption: 'Alert rules',
    rows: rules,
    columns: [
      { label: 'Rule', cell: ({ id, name }) => html`<a href="/alerts/${id}" class="row">${name}</a>` },
      {
        label: 'Tells when',
        cell: (rule) =>
          html`<span class="value">${excerpt(ruleWords({ ...rule, search: seenSearch(rule, request.person) }), 400).text}</span>`,
      },
      { label: 'State', cell: (rule) => ruleState(rule, request.now) },
      {
        label: 'Last fired',
        cell: ({ state }) => (state.lastFiredAt === null ? nothing : time(state.lastFiredAt, request.now)),
      },
      {
        label: 'Whom',
        wideOnly: true,
        cell: ({ targets }) =>
          targets.length === 0 ? nothing : cut(targetWords(targets, { users, webhooks }).join(', ')),
      },
    ],
  });
}

/** Where a rule stands, in a few words. */
export function ruleState({ enabled, mutedUntil, state }: AlertRule, now: number): Html {
  if (!enabled) return html`<span class="quiet">off</span>`;
  const muted = mutedUntil !== null && mutedUntil > now ? html`, muted until ${time(mutedUntil, now)}` : null;
  if (state.problem !== null) return html`<span class="broken">cannot be evaluated</span>${muted}`;
  if (state.since !== null)
    return html`<strong class="broken">firing</strong> since ${time(state.since, now)}${muted}`;
  const waiting = state.held.length + state.heldMore;
  return html`${waiting > 0 ? `${waiting} to be told` : 'quiet'}${muted}`;
}
