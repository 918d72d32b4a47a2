// /products/{account}/{product}/tickets: the issue tracker of a product, and what it was told. Its token is taken and never shown again.
import { html } from 'hono/html';
import { trackerClient } from '../../../process/tickets/tracker-registry.ts';
import { TRACKER_KINDS } from '../../../store/tickets.ts';
import type { TicketMessage, Tracker, TrackerKind, TrackerSettings } from '../../../store/tickets.ts';
import type { Product } from '../../../store/people.ts';
import { allows } from '../../auth/person.ts';
import { excerpt } from '../../view/excerpt.ts';
import { checkTracker, impliedTracker, NO_TRACKER } from '../../view/tracker-change.ts';
import { checkbox, faultBox, field, form, select } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import { facts, table } from '../components/table.ts';
import { nothing, time } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const SHOWN_MESSAGES = 50;

const label = (kind: TrackerKind): string => trackerClient(kind)?.label ?? 'another: the address of its form';

export const trackerPage: MemberPage = {
  path: '/products/:account/:product/tickets',
  access: 'read',
  nav: 'products',
  view: (request) => show(request, {}),
  actions: {
    save: {
      access: 'admin',
      async run(request, given) {
        const product = await namedProduct(request);
        const named = { account: product.account, product: product.name };
        const { store, tickets } = request.context;
        const before = await store.tickets.tracker(named);
        const typed = readForm(given);
        const token = given.text('token').trim();
        const checked = await checkTracker(
          { ...typed, ...(given.checked('forgetToken') ? { token: null } : token !== '' && { token }) },
          before === null ? null : { settings: before.settings, hasToken: before.token !== null },
          (url) => tickets.addressFault(url),
        );
        // What was typed stays, but for the token.
        if (!checked.ok) return show(request, { fault: checked.fault, typed });
        await store.tickets.saveTracker(named, checked.value.settings, checked.value.token);
        request.context.log.info({ ...named, by: request.person.user?.id }, 'the tracker was changed');
        return { kind: 'redirect', to: `${productPath(product)}/tickets`, done: 'saved' };
      },
    },
    remove: {
      access: 'admin',
      async run(request) {
        const product = await namedProduct(request);
        const named = { account: product.account, product: product.name };
        await request.context.store.tickets.deleteTracker(named);
        request.context.log.info({ ...named, by: request.person.user?.id }, 'the tracker was taken away');
        return { kind: 'redirect', to: `${productPath(product)}/tickets`, done: 'saved' };
      },
    },
  },
};

function readForm(given: Form): TrackerSettings {
  const text = (name: string): string | null => given.text(name).trim() || null;
  return {
    kind: given.text('kind') as TrackerKind,
    url: given.text('url').trim(),
    api: text('api'),
    project: given.text('kind') === 'jira' ? text('jira_project') : text('bugzilla_product'),
    component: text('component'),
    version: text('version'),
    issueType: text('issueType'),
    labels: given
      .text('labels')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
    signatureField: text('signatureField'),
    user: text('user'),
    form: text('form'),
    comments: given.checked('comments'),
    closes: given.checked('closes'),
    closeTransition: text('closeTransition'),
  };
}

async function show(
  request: MemberRequest,
  { fault = null, typed }: { readonly fault?: string | null; readonly typed?: TrackerSettings },
): Promise<PageAnswer> {
  const { context, person, csrf, now } = request;
  const product = await namedProduct(request);
  const named = { account: product.account, product: product.name };
  const [tracker, rules, messages] = await Promise.all([
    context.store.tickets.tracker(named),
    context.store.bugs.productRules(product.account, product.name),
    context.store.tickets.listMessages(named, SHOWN_MESSAGES),
  ]);
  const settings = typed ??
    tracker?.settings ??
    impliedTracker(rules) ?? { ...NO_TRACKER, kind: 'github' as const };
  return {
    kind: 'html',
    title: `${product.name} tickets`,
    status: fault === null ? 200 : 400,
    body: html`<div class="heading">
        <h1>Tickets of ${product.name}</h1>
        <div class="actions"><a class="button" href="${productPath(product)}">Settings</a></div>
      </div>
      ${faultBox(tracker?.tokenLost === true ? 'The token cannot be opened: its key is missing on this server. Enter it again, or put the key back.' : null)}
      <p class="lead">
        Bugs get tickets here: made by Mayday where it has a token, else in the tracker’s own form, which opens filled. Tickets
        say only what everybody may see.
      </p>
      ${faultBox(fault)}
      ${allows('admin', person) ? fields(product, settings, { tracker, csrf }) : readOnly(tracker)}
      ${log(messages, now)}`,
  };
}

function readOnly(tracker: Tracker | null): Html {
  if (tracker === null) return html`<p class="empty">No tracker is named. Administrators can name one.</p>`;
  const { kind, url, project, component, comments, closes } = tracker.settings;
  return html`${facts([
    ['Tracker', label(kind)],
    ['Address', url === '' ? null : html`<a href="${url}" rel="noreferrer">${url}</a>`],
    ['Project', [project, component].filter((one) => one !== null).join(', ') || null],
    ['Made by', tracker.token === null ? 'people, in its form' : 'Mayday'],
    [
      'When a bug is closed',
      tracker.token === null
        ? null
        : [comments ? 'a comment' : '', closes ? 'the ticket is closed' : '']
            .filter((one) => one !== '')
            .join(', ') || 'nothing',
    ],
  ])}
    <p class="quiet">Administrators can change this.</p>`;
}

function fields(
  product: Product,
  settings: TrackerSettings,
  { tracker, csrf }: { readonly tracker: Tracker | null; readonly csrf: string },
): Html {
  const to = `${productPath(product)}/tickets`;
  const hasToken = tracker !== null && tracker.token !== null;
  const { kind } = settings;
  return html`${form(
    { to, action: 'save', csrf, className: 'rules' },
    html`<h2 id="tracker">Tracker</h2>
      <div class="stack">
        ${select({ name: 'kind', label: 'Tracker', value: kind, choices: TRACKER_KINDS.map((value) => ({ value, label: label(value) })) })}
        ${field({ name: 'url', label: 'Address', value: settings.url, maxLength: 500, placeholder: 'https://github.com/example/shop', hint: 'GitHub, GitLab: the page of the project. Jira, Bugzilla: the server.' })}
        ${field({ name: 'labels', label: 'Labels, with commas between', value: settings.labels.join(', '), maxLength: 1000, placeholder: 'crash' })}
        ${field({ name: 'form', label: 'Address of the form for a new ticket', value: settings.form ?? '', maxLength: 500, placeholder: 'https://tracker.example/new?title={title}&text={body}', hint: 'With {title}, {body}, {signature}, {url}. Empty: that of the tracker, which Jira has none of.' })}
        <details ${kind === 'jira' ? html` open` : null}>
          <summary>Of Jira</summary>
          <div class="stack">
          ${field({ name: 'jira_project', label: 'Key of the project', value: kind === 'jira' ? (settings.project ?? '') : '', maxLength: 100, placeholder: 'SHOP' })}
          ${field({ name: 'issueType', label: 'Type of issue', value: settings.issueType ?? '', maxLength: 200, placeholder: 'Bug' })}
          ${field({ name: 'user', label: 'Whose token it is (Cloud)', value: settings.user ?? '', maxLength: 200, placeholder: 'ann@example.org', hint: 'Empty: a personal access token of Data Center.' })}
          ${field({ name: 'closeTransition', label: 'Transition that closes', value: settings.closeTransition ?? '', maxLength: 200, hint: 'Empty: the first that leads to a status that is done.' })}
        </div></details>
        <details ${kind === 'bugzilla' ? html` open` : null}>
          <summary>Of Bugzilla</summary>
          <div class="stack">
          ${field({ name: 'bugzilla_product', label: 'Product', value: kind === 'bugzilla' ? (settings.project ?? '') : '', maxLength: 200 })}
          ${field({ name: 'component', label: 'Component', value: settings.component ?? '', maxLength: 200 })}
          ${field({ name: 'version', label: 'Version', value: settings.version ?? '', maxLength: 200, placeholder: 'unspecified' })}
          ${field({ name: 'signatureField', label: 'Field of signatures', value: settings.signatureField ?? '', maxLength: 100, hint: 'It gets [@ signature]. Empty: the summary alone has it.' })}
        </div></details>
      </div>
      <h2 id="token">Token</h2>
      <p class="lead">With a token Mayday makes tickets, asks for their state and tells of bugs that are closed or open again.</p>
      <div class="stack">
        ${field({ name: 'token', label: hasToken ? 'A new token (there is one; empty: it stays)' : 'Token', type: 'password', autocomplete: 'off', maxLength: 1000, hint: 'It is stored and never shown again. It should be able to do nothing but issues of this project.' })}
        ${hasToken ? checkbox({ name: 'forgetToken', label: 'Forget the token' }) : null}
        ${field({ name: 'api', label: 'Base of the API', value: settings.api ?? '', maxLength: 500, hint: 'Only where it does not follow from the address.' })}
        ${checkbox({ name: 'comments', label: 'Comment on the ticket when the bug is closed or opens again', checked: settings.comments })}
        ${checkbox({ name: 'closes', label: 'Close the ticket with the bug', checked: settings.closes })}
      </div>
      <div class="actions"><button class="primary">Save</button></div>`,
  )}
  ${tracker === null ? null : form({ to, action: 'remove', csrf, className: 'inline' }, html`<button class="danger">Take the tracker away, with its token</button>`)}`;
}

const STATES: Readonly<Record<TicketMessage['state'], string>> = {
  due: 'waits',
  done: 'told',
  given_up: 'given up',
};

function log(messages: readonly TicketMessage[], now: number): Html | null {
  if (messages.length === 0) return null;
  return html`<section aria-labelledby="told">
    <h2 id="told">What it was told</h2>
    ${table({
      caption: 'Messages to the tracker, newest first',
      rows: messages,
      columns: [
        { label: 'Bug', cell: ({ bugId }) => html`<a class="row" href="/bugs/${bugId}">${bugId}</a>` },
        { label: 'Ticket', cell: ({ ticket }) => excerpt(ticket, 120).text },
        {
          label: 'What',
          cell: ({ what, part }) =>
            part === 'comment' ? `comment: ${what}` : what === 'closed' ? 'close it' : 'open it again',
        },
        { label: 'When', cell: ({ at }) => time(at, now) },
        {
          label: 'State',
          cell: ({ state, attempts }) =>
            state === 'due' && attempts > 0 ? `tried ${attempts} times` : STATES[state],
        },
        {
          label: 'Why not',
          cell: ({ lastError }) => (lastError === null ? nothing : excerpt(lastError, 200).text),
        },
      ],
    })}
  </section>`;
}
