// /erasures: everything of a person, an installation, a product, an account, a search or a time is found, counted, and erased for good.
import { html } from 'hono/html';
import type { Erasure } from '../../../store/erasures.ts';
import { addToAudit } from '../../auth/audit-note.ts';
import { streamAnswer } from '../../http/attachment-answer.ts';
import { exportRefusal, exportUnderWay, openErasureExport } from '../../http/erasure-export.ts';
import { readErasureWish, searchedCrashIds } from '../../query/erasure-wish.ts';
import { checkbox, faultBox, field, form } from '../components/form-controls.ts';
import { table } from '../components/table.ts';
import { count, exactTime } from '../components/value-table.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';

const FIELDS = [
  ...['user', 'mail', 'mailHash', 'installation', 'q', 'before', 'account', 'product'],
] as const;

export const erasuresPage: MemberPage = {
  path: '/erasures',
  access: 'installation',
  nav: 'status',
  view: (request) => show(request, null),
  actions: {
    prepare: { access: 'installation', run: prepare },
    confirm: {
      access: 'installation',
      recent: true,
      run: (request, fields) => decide(request, fields, 'confirm'),
    },
    withdraw: { access: 'installation', run: (request, fields) => decide(request, fields, 'withdraw') },
  },
};

/** /erasures/{id}/export: what was found, before it goes. */
export const erasureExportPage: MemberPage = {
  path: '/erasures/:id/export',
  access: 'installation',
  nav: 'status',
  async view(request) {
    const { c, context, person, seen, now } = request;
    const id = Number(request.param('id'));
    const erasure = Number.isSafeInteger(id) && id > 0 ? await context.store.erasures.get(id) : null;
    if (erasure === null) throw new PageError(404, 'There is no such erasure.', 'Go back to the list.');
    const refused = exportRefusal(erasure, person.seesProtected);
    if (refused !== null)
      throw new PageError(
        refused.status === 409 ? 404 : refused.status,
        refused.message,
        'Go back to the list.',
      );
    addToAudit(c, { object: `erasure ${id}`, detail: { found: erasure.found } });
    const { fileName, stream } = openErasureExport(seen, { id, at: now, erasures: context.store.erasures });
    const response = streamAnswer(c, stream, { fileName, size: null, contentType: 'application/zip' });
    return { kind: 'response', response };
  },
};

async function prepare(request: MemberRequest, fields: Form): Promise<PageAnswer> {
  const { c, context, person, seen } = request;
  // A form sends the fields that nobody filled in, too.
  const given = FIELDS.map((name): [string, string] => [name, fields.text(name)]);
  const params = new URLSearchParams(given.filter(([, value]) => value.trim() !== ''));
  if (fields.text('whole') === 'yes') params.set('whole', 'true');
  const read = readErasureWish(params);
  if ('fault' in read) return show(request, read.fault);
  if (read.isProtected && !person.seesProtected)
    return show(request, 'Looking for a person or an installation needs the right to see protected data.');
  const searched = read.search === null ? null : await searchedCrashIds(seen, read.search);
  if (searched !== null && 'fault' in searched) return show(request, searched.fault);
  const made = await context.store.erasures.prepare(read.wish, {
    person: person.user?.id ?? null,
    ...(searched !== null && { found: searched.found }),
  });
  addToAudit(c, { object: `erasure ${made.id}`, detail: { kind: made.kind, found: made.found } });
  return { kind: 'redirect', to: '/erasures', done: 'erasure-ready' };
}

async function decide(
  request: MemberRequest,
  fields: Form,
  what: 'confirm' | 'withdraw',
): Promise<PageAnswer> {
  const id = Number(fields.text('id'));
  const { erasures } = request.context.store;
  const busy = what === 'confirm' ? exportUnderWay(erasures, id) : null;
  if (busy !== null) throw new PageError(409, busy, 'Then confirm it again.');
  if (!Number.isSafeInteger(id) || !(await erasures[what](id))) {
    throw new PageError(
      404,
      'There is no such erasure that waits for this.',
      'Go back: it was confirmed or withdrawn already, or a day has passed.',
    );
  }
  return {
    kind: 'redirect',
    to: '/erasures',
    done: what === 'confirm' ? 'erasure-begun' : 'erasure-withdrawn',
  };
}

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { context, csrf } = request;
  const [all, users] = await Promise.all([context.store.erasures.list(), request.seen.settings.people()]);
  const names = new Map(users.map((user) => [user.id, user.name || user.email]));
  return {
    kind: 'html',
    title: 'Erase',
    status: fault === null ? 200 : 400,
    secret: true,
    body: html`<h1>Erase for good</h1>
      <p class="lead">
        First the reports are found and counted; nothing is erased before you confirm it. Then they go with
        everything that they brought. Counts of crashes stay as numbers.
      </p>
      ${faultBox(fault)}
      ${form(
        { to: '/erasures', action: 'prepare', csrf },
        html`<fieldset>
            <legend>Of a person</legend>
            ${field({ name: 'user', label: 'User, as the program calls them', maxLength: 1000, autocomplete: 'off' })}
            ${field({ name: 'mail', label: 'or mail address', maxLength: 1000, autocomplete: 'off' })}
            ${field({ name: 'mailHash', label: 'or its SHA-256', maxLength: 64, autocomplete: 'off' })}
          </fieldset>
          <fieldset>
            <legend>or of an installation</legend>
            ${field({ name: 'installation', label: 'Installation, as the client calls it', maxLength: 1000, autocomplete: 'off' })}
          </fieldset>
          <fieldset>
            <legend>or what a search finds, or what is old</legend>
            ${field({ name: 'q', label: 'Search', maxLength: 1000 })}
            ${field({ name: 'before', label: 'or arrived before', type: 'date' })}
          </fieldset>
          <fieldset>
            <legend>Only of one product or account</legend>
            ${field({ name: 'account', label: 'Account', maxLength: 1000 })}
            ${field({ name: 'product', label: 'Product', maxLength: 1000 })}
            ${checkbox({ name: 'whole', label: 'The whole product, with everything that it has, or everything of the account but its people: then leave the other fields empty' })}
          </fieldset>
          <button>Find and count</button>`,
      )}
      <section aria-labelledby="erasures">
        <h2 id="erasures">Erasures</h2>
        ${
          all.length === 0
            ? html`<p class="empty">Nothing was erased so far.</p>`
            : table({ caption: 'Erasures, newest first', rows: all, columns: columns(names, csrf) })
        }
      </section>`,
  };
}

const STATES = {
  counting: 'being counted',
  ready: 'waits to be confirmed',
  erasing: 'under way',
  done: 'done',
  withdrawn: 'withdrawn',
} as const satisfies Readonly<Record<Erasure['state'], string>>;
const KINDS = {
  person: 'a person',
  installation: 'an installation',
  product: 'a product',
  account: 'an account',
  before: 'what was old',
  search: 'what a search found',
} as const satisfies Readonly<Record<Erasure['kind'], string>>;

function columns(names: ReadonlyMap<number, string>, csrf: string) {
  return [
    { label: 'Number', number: true, cell: ({ id }: Erasure) => String(id) },
    { label: 'Asked', cell: ({ at }: Erasure) => exactTime(at) },
    {
      label: 'By',
      cell: ({ person }: Erasure) =>
        person === null ? 'a token or command' : (names.get(person) ?? `person ${person}`),
    },
    { label: 'Of', cell: ({ kind }: Erasure) => KINDS[kind] },
    { label: 'Reports', number: true, cell: ({ found }: Erasure) => count(found) },
    { label: 'Gone', number: true, cell: ({ done }: Erasure) => count(done) },
    { label: 'State', cell: ({ state }: Erasure) => STATES[state] },
    { label: 'Decide', cell: (erasure: Erasure) => decisions(erasure, csrf) },
  ];
}

function decisions({ id, state, found }: Erasure, csrf: string): Html | null {
  if (state !== 'ready') return null;
  const field = html`<input type="hidden" name="id" value="${id}" />`;
  return html`<a href="/erasures/${id}/export" download aria-label="Export the ${found} reports first">Export first</a>
  ${form(
    { to: '/erasures', action: 'confirm', csrf, className: 'inline' },
    html`${field}<button class="danger" aria-label="Erase ${found} reports for good">Erase</button>`,
  )}
  ${form(
    { to: '/erasures', action: 'withdraw', csrf, className: 'inline' },
    html`${field}<button aria-label="Withdraw erasure ${id}">Withdraw</button>`,
  )}`;
}
