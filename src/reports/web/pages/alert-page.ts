// /alerts/<id>: one alert rule: where it stands, its switches, its form with a preview, and what it sent and why.
import { html } from 'hono/html';
import { ruleWords } from '../../../alerts/alert-words.ts';
import type { AlertRule } from '../../../store/alerts.ts';
import { checkSwitch, isAnotherRule } from '../../query/alert-wish.ts';
import { seenEntry, seenProblem, seenSearch, seesRule } from '../../view/alert-json.ts';
import { targetWords } from '../../view/alert-target.ts';
import { excerpt } from '../../view/excerpt.ts';
import { NOT_GIVEN_UP, sentAgain } from '../../view/sent-again.ts';
import { testAlertTargets } from '../../view/test-notice.ts';
import { everyWords, fieldsOf } from '../components/alert-form.ts';
import { alertLogTable } from '../components/alert-log.ts';
import { faultBox, form } from '../components/form-controls.ts';
import { facts } from '../components/table.ts';
import { time } from '../components/value-table.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';
import { alertEditor, ruleState, tryRule } from './alerts-page.ts';
import type { Tried } from './alerts-page.ts';

const LOG_ROWS = 100;
const DELIVERIES = 1000;
const HOUR_MS = 3_600_000;
const MUTES = [1, 8, 24, 168] as const;

export const alertPage: MemberPage = {
  path: '/alerts/:id',
  access: 'admin',
  nav: 'alerts',
  view: async (request) => show(request, await named(request), null),
  actions: {
    save: { access: 'admin', run: save },
    switch: { access: 'admin', run: switchRule },
    test: { access: 'admin', run: sendTest },
    again: { access: 'admin', run: sendAgain },
    delete: { access: 'admin', run: remove },
  },
};

async function named(request: MemberRequest): Promise<AlertRule> {
  const id = request.param('id');
  const rule = /^\d{1,15}$/.test(id) ? await request.seen.settings.alertRule(Number(id)) : null;
  if (rule === null)
    throw new PageError(404, 'There is no such alert rule.', 'The alerts page lists them all.');
  return rule;
}

async function save(request: MemberRequest, posted: Form): Promise<PageAnswer> {
  const before = await named(request);
  if (!seesRule(before, request.person))
    throw new PageError(
      403,
      'The rule is over protected data.',
      'Somebody with the right to it can change it.',
    );
  const tried = await tryRule(request, posted, before);
  if ('answer' in tried) return show(request, before, tried.answer);
  await request.seen.settings.changeRule(before.id, tried.rule, isAnotherRule(before, tried.rule));
  return { kind: 'redirect', to: `/alerts/${before.id}`, done: 'saved' };
}

/** On, off, muted for some hours, or no longer muted. */
async function switchRule(request: MemberRequest, posted: Form): Promise<PageAnswer> {
  const before = await named(request);
  const [what, hours = ''] = posted.text('to').split(' ');
  const until = MUTES.find((one) => String(one) === hours);
  const fields =
    what === 'on' || what === 'off'
      ? { enabled: what === 'on' }
      : { mutedUntil: until === undefined ? null : new Date(request.now + until * HOUR_MS).toISOString() };
  const checked = checkSwitch(fields, before);
  if (checked?.ok === true)
    await request.seen.settings.changeRule(before.id, checked.value, isAnotherRule(before, checked.value));
  return { kind: 'redirect', to: `/alerts/${before.id}`, done: 'saved' };
}

async function sendTest(request: MemberRequest): Promise<PageAnswer> {
  const rule = await named(request);
  await testAlertTargets(request.context, request.person, rule);
  return { kind: 'redirect', to: `/alerts/${rule.id}`, done: 'alert-tested' };
}

async function sendAgain(request: MemberRequest, posted: Form): Promise<PageAnswer> {
  const rule = await named(request);
  if (!(await sentAgain(request.seen.settings, posted.text('delivery'), { alertId: rule.id })))
    return show(request, rule, null, NOT_GIVEN_UP);
  return { kind: 'redirect', to: `/alerts/${rule.id}`, done: 'again' };
}

async function remove(request: MemberRequest): Promise<PageAnswer> {
  await request.seen.settings.deleteRule((await named(request)).id);
  return { kind: 'redirect', to: '/alerts', done: 'alert-deleted' };
}

async function show(
  request: MemberRequest,
  rule: AlertRule,
  tried: Tried | null,
  fault: string | null = null,
): Promise<PageAnswer> {
  const { person, now } = request;
  const { settings } = request.seen;
  const [log, deliveries, users, webhooks] = await Promise.all([
    settings.alertLog(rule.id, LOG_ROWS),
    settings.deliveriesOfRule(rule.id, DELIVERIES),
    settings.people(),
    settings.webhooks(),
  ]);
  const isOpen = seesRule(rule, person);
  const to = `/alerts/${rule.id}`;
  const entries = log.map((entry) => ({ rule, entry: seenEntry(rule, entry, person), isOpen }));
  const owner = users.find(({ id }) => id === rule.ownerId);
  const problem = seenProblem(rule, person);
  return {
    kind: 'html',
    title: rule.name,
    status: fault === null && (tried === null || tried.fault === null) ? 200 : 400,
    body: html`<p><a href="/alerts">All alerts</a></p>
      <h1>${rule.name}</h1>
      ${faultBox(problem === null ? null : `The rule cannot be evaluated: ${problem}`)}
      ${faultBox(fault)}
      ${facts([
        ['Tells when', excerpt(ruleWords({ ...rule, search: seenSearch(rule, person) }), 600).text],
        ['State', ruleState(rule, now)],
        [
          'Whom',
          rule.targets.length === 0
            ? 'nobody: it is only logged'
            : targetWords(rule.targets, { users, webhooks }).join(', '),
        ],
        ['How often', everyWords(rule.everyMinutes)],
        ['Saved by', owner === undefined ? 'nobody who is still here' : owner.email],
        ['Evaluated until', time(rule.evaluatedTo, now)],
      ])}
      ${switches(rule, request)}
      <section aria-labelledby="log">
        <h2 id="log">What was sent and why</h2>
        ${entries.length === 0 ? html`<p class="quiet">It has not fired yet.</p>` : alertLogTable(entries, { named: false }, { now, deliveries, webhooks, again: { to, csrf: request.csrf } })}
      </section>
      <section aria-labelledby="change">
        <h2 id="change">Change</h2>
        ${
          isOpen
            ? await alertEditor(
                request,
                { to, action: 'save', save: 'Save' },
                tried ?? { fields: fieldsOf(rule, users), fault: null, preview: null },
              )
            : html`<p class="quiet">
                The rule is over protected data; somebody with the right to it can change it.
              </p>`
        }
      </section>`,
  };
}

function switches(rule: AlertRule, { csrf, now }: MemberRequest): Html {
  const to = `/alerts/${rule.id}`;
  const button = (value: string, label: string): Html =>
    html`<button name="to" value="${value}">${label}</button> `;
  const isMuted = rule.mutedUntil !== null && rule.mutedUntil > now;
  return html`<div class="buttons">
    ${form(
      { to, action: 'switch', csrf, className: 'inline' },
      html`${button(rule.enabled ? 'off' : 'on', rule.enabled ? 'Switch off' : 'Switch on')}
      ${isMuted ? button('unmute', 'End muting') : MUTES.map((hours) => button(`mute ${hours}`, `Mute for ${hours === 168 ? '7 days' : hours === 24 ? '1 day' : hours === 1 ? '1 hour' : `${hours} hours`}`))}`,
    )}
    ${form({ to, action: 'test', csrf, className: 'inline' }, html`<button>Send a test</button>`)}
    ${form({ to, action: 'delete', csrf, className: 'inline' }, html`<button>Delete this rule</button>`)}
  </div>`;
}
