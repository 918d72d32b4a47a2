// /audit and /audit/export: the audit log under a filter, newest first, and the same as a file.
import { html } from 'hono/html';
import { AUDIT_OUTCOMES } from '../../../store/audit.ts';
import type { AuditActor, AuditFilter, AuditLine } from '../../../store/audit.ts';
import { streamAnswer } from '../../http/attachment-answer.ts';
import { openAuditExport } from '../../http/audit-export.ts';
import { EXPORT_FORMATS } from '../../http/search-export.ts';
import { AUDIT_PARAMETERS, readAuditFilter } from '../../query/audit-query.ts';
import { field, select } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { table } from '../components/table.ts';
import { exactTime } from '../components/value-table.ts';
import type { Html, MemberPage, MemberRequest } from '../page.ts';
import { PageError } from '../page.ts';

const ROWS = 100;

export const auditPage: MemberPage = {
  path: '/audit',
  access: 'installation',
  nav: 'audit',
  async view(request) {
    const { context, url } = request;
    const filter = filterOf(request);
    const cursor = (url.searchParams.get('cursor') ?? '').slice(0, 100);
    const [{ rows, next }, users, start] = await Promise.all([
      context.store.audit.list(filter, { limit: ROWS, ...(cursor !== '' && { cursor }) }),
      request.seen.settings.people(),
      context.store.audit.start(),
    ]);
    const names = new Map(users.map((user) => [user.id, user.name || user.email]));
    const link = (to: string, more: Readonly<Record<string, string>> = {}) => {
      const params = new URLSearchParams(chosen(url.searchParams));
      for (const [name, value] of Object.entries(more)) params.set(name, value);
      const query = params.toString();
      return query === '' ? to : `${to}?${query}`;
    };
    const choices = [
      { value: '', label: 'anybody' },
      ...users.map((user) => ({ value: String(user.id), label: user.name || user.email })),
    ];
    return {
      kind: 'html',
      title: 'Audit log',
      body: html`<h1>Audit log: who did what</h1>
        <p class="lead">
          Every change, every sign-in, every download and every look at protected data. Lines are only added;
          <code>mayday audit verify</code> checks that none was changed.
          ${start.id === 0 ? null : html`Lines up to ${start.id} went by age.`}
        </p>
        ${filters(url.searchParams, choices)}
        ${
          rows.length === 0
            ? html`<p class="empty">Nothing is written down that matches.</p>`
            : table({ caption: 'Lines, newest first', rows, columns: columns(names) })
        }
        ${pager({
          newest: cursor === '' ? null : link('/audit'),
          older: next === null ? null : link('/audit', { cursor: next }),
        })}
        <p>
          All that match as a file:
          <a href="${link('/audit/export', { format: 'csv' })}" download>CSV</a>,
          <a href="${link('/audit/export', { format: 'ndjson' })}" download>JSON lines</a>
        </p>`,
    };
  },
};

export const auditExportPage: MemberPage = {
  path: '/audit/export',
  access: 'installation',
  nav: 'audit',
  async view(request) {
    const { c, context, url } = request;
    const filter = filterOf(request);
    const format = EXPORT_FORMATS.find((one) => one === (url.searchParams.get('format') ?? 'csv'));
    if (format === undefined) throw wrong(`"format" is none of ${EXPORT_FORMATS.join(', ')}.`);
    const { stream, fileName, contentType } = openAuditExport(context.store.audit, filter, format);
    return { kind: 'response', response: streamAnswer(c, stream, { fileName, size: null, contentType }) };
  },
};

function filterOf({ url }: MemberRequest): AuditFilter {
  const read = readAuditFilter(url.searchParams);
  if ('fault' in read) throw wrong(read.fault);
  return read.filter;
}

function wrong(problem: string): PageError {
  return new PageError(400, problem, 'Go back and change the filter.');
}

/** The parameters of the filter that say something. */
function chosen(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    Object.keys(AUDIT_PARAMETERS).flatMap((name) => {
      const value = params.get(name)?.trim() ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
}

function filters(
  params: URLSearchParams,
  people: readonly { readonly value: string; readonly label: string }[],
): Html {
  const value = (name: string): string => (params.get(name) ?? '').slice(0, 400);
  return html`<form method="get" action="/audit" class="filters" role="search" aria-label="Filter the log">
    ${select({ name: 'person', label: 'Who', value: value('person'), choices: people })}
    ${field({ name: 'what', label: 'What (report.delete, report.*)', value: value('what'), search: true, maxLength: 80 })}
    ${field({ name: 'object', label: 'To what (bug 12)', value: value('object'), maxLength: 400 })}
    ${select({
      name: 'outcome',
      label: 'Outcome',
      value: value('outcome'),
      choices: [{ value: '', label: 'any' }, ...AUDIT_OUTCOMES.map((one) => ({ value: one, label: one }))],
    })}
    ${field({ name: 'from', label: 'From day (UTC)', type: 'date', value: value('from') })}
    ${field({ name: 'to', label: 'To day', type: 'date', value: value('to') })}
    <button>Filter</button>
    <a href="/audit">Clear</a>
  </form>`;
}

function columns(names: ReadonlyMap<number, string>) {
  return [
    { label: 'Line', number: true, cell: ({ id }: AuditLine) => String(id) },
    { label: 'When', cell: ({ at }: AuditLine) => exactTime(at) },
    { label: 'Who', cell: ({ who }: AuditLine) => whoText(who, names) },
    {
      label: 'What',
      cell: ({ what, outcome }: AuditLine) =>
        html`${what}${outcome === 'done' ? null : html` <strong>${outcome}</strong>`}`,
    },
    { label: 'To what', cell: ({ object }: AuditLine) => object },
    { label: 'From', cell: ({ network }: AuditLine) => network },
    { label: 'Detail', wideOnly: true, cell: ({ detail }: AuditLine) => detailText(detail) },
  ];
}

function whoText({ person, way, token }: AuditActor, names: ReadonlyMap<number, string>): string {
  const ways = {
    session: '',
    token: ` (token ${token})`,
    operator: 'MAYDAY_ADMIN_TOKEN',
    command: 'a command on the data folder',
    nobody: person === null ? 'nobody signed in' : ' (not signed in)',
    mayday: 'Mayday',
  };
  return `${person === null ? '' : (names.get(person) ?? `person ${person}, who is gone`)}${ways[way]}`;
}

function detailText(detail: AuditLine['detail']): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
