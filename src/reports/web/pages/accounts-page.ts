// /accounts: the accounts that one belongs to; whoever administers the installation makes, renames and closes them here.
import { html } from 'hono/html';
import type { Account, AccountOutcome } from '../../../store/accounts.ts';
import { allows } from '../../auth/person.ts';
import { LAST_ADMIN } from '../../view/last-admin.ts';
import { isAccountName } from '../../view/right-words.ts';
import { accountPath } from '../components/account-path.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, time } from '../components/value-table.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

export const accountsPage: MemberPage = {
  path: '/accounts',
  access: 'member',
  nav: 'people',
  view: (request) => show(request, null),
  actions: {
    create: {
      access: 'installation',
      recent: true,
      run: (request, form) => change(request, form, (name) => request.context.store.accounts.create(name)),
    },
    rename: {
      access: 'installation',
      recent: true,
      run: (request, form) =>
        change(request, form, (name) => request.context.store.accounts.rename(form.text('account'), name)),
    },
    close: {
      access: 'installation',
      recent: true,
      run: (request, form) =>
        finish(request, request.context.store.accounts.close(form.text('account')), 'account-closed'),
    },
    reopen: {
      access: 'installation',
      recent: true,
      run: (request, form) =>
        finish(request, request.context.store.accounts.reopen(form.text('account')), 'account-reopened'),
    },
  },
};

const FAULTS: Readonly<Record<Exclude<AccountOutcome, 'done'>, string>> = {
  taken: 'An account has or had this name already.',
  missing: 'There is no such account.',
  too_many: 'There are as many accounts as there may be.',
  last_admin: LAST_ADMIN,
};

async function change(
  request: MemberRequest,
  form: Form,
  run: (name: string) => Promise<AccountOutcome>,
): Promise<PageAnswer> {
  const name = form.text('name').trim();
  if (!isAccountName(name))
    return show(request, 'A name has 1 to 100 characters, without slashes and control characters.');
  return finish(request, run(name), 'saved');
}

async function finish(
  request: MemberRequest,
  result: Promise<AccountOutcome>,
  done: 'saved' | 'account-closed' | 'account-reopened',
): Promise<PageAnswer> {
  const outcome = await result;
  if (outcome !== 'done') return show(request, FAULTS[outcome]);
  request.context.log.info({ by: request.person.user?.id }, 'accounts changed');
  return { kind: 'redirect', to: '/accounts', done };
}

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { context, seen, person, csrf, now } = request;
  const all = await context.store.accounts.list();
  const mayChange = allows('installation', person);
  const own = new Set(seen.settings.accounts());
  const shown = mayChange ? all : all.filter(({ name }) => own.has(name));
  return {
    kind: 'html',
    title: 'Accounts',
    status: fault === null ? 200 : 400,
    body: html`<h1>Accounts</h1>
      <p class="lead">
        An account owns products and people. Nothing of one is seen in another, but by people who belong to both.
      </p>
      ${faultBox(fault)}
      ${shown.length === 0 ? html`<p class="empty">You belong to none yet: an administrator invites you into one.</p>` : table({ caption: 'Accounts', rows: shown, columns: columns({ mayChange, csrf, now }) })}
      ${
        mayChange
          ? html`<section aria-labelledby="add">
              <h2 id="add">Add an account</h2>
              ${form(
                { to: '/accounts', action: 'create', csrf, className: 'row-form' },
                html`${field({ name: 'name', label: 'Name', required: true, maxLength: 100 })}
                  <button>Add account</button>`,
              )}
              <p class="hint">
                You do not belong to it by adding it: invite whoever administers it from its page.
              </p>
            </section>`
          : null
      }`,
  };
}

function columns(options: {
  readonly mayChange: boolean;
  readonly csrf: string;
  readonly now: number;
}): readonly Column<Account>[] {
  const { mayChange, csrf, now } = options;
  return [
    { label: 'Account', cell: ({ name }) => html`<a class="row" href="${accountPath(name)}">${name}</a>` },
    { label: 'Products', number: true, cell: ({ products }) => count(products) },
    { label: 'People', number: true, cell: ({ members }) => count(members) },
    { label: 'Since', wideOnly: true, cell: ({ createdAt }) => time(createdAt, now) },
    {
      label: 'State',
      cell: ({ closedAt }) => (closedAt === null ? 'open' : html`closed ${time(closedAt, now)}`),
    },
    ...(mayChange ? [{ label: 'Change', cell: (account: Account) => changes(account, csrf) }] : []),
  ];
}

function changes({ name, closedAt }: Account, csrf: string): Html {
  const account = html`<input type="hidden" name="account" value="${name}" />`;
  return html`<details>
    <summary>Change</summary>
    ${form(
      { to: '/accounts', action: 'rename', csrf, className: 'row-form' },
      html`${account}
        ${field({ name: 'name', id: `name-${name}`, label: 'New name', value: name, required: true, maxLength: 100 })}
        <button>Rename</button>`,
    )}
    ${
      closedAt === null
        ? form(
            { to: '/accounts', action: 'close', csrf, className: 'inline' },
            html`${account}<button>Close the account</button>
              <p class="hint">Its reports are refused and nobody sees it; everything is kept.</p>`,
          )
        : form(
            { to: '/accounts', action: 'reopen', csrf, className: 'inline' },
            html`${account}<button>Open it again</button>`,
          )
    }
  </details>`;
}
