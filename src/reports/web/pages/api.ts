// /api: the JSON API for people, made from the same table as the OpenAPI document.
import { html } from 'hono/html';
import { OPERATIONS } from '../../api/endpoint-registry.ts';
import { codeBlock } from '../components/code.ts';
import { table } from '../components/table.ts';
import type { MemberPage } from '../page.ts';

export const apiPage: MemberPage = {
  path: '/api',
  access: 'read',
  nav: 'api',
  async view({ context }) {
    return {
      kind: 'html',
      title: 'API',
      body: html`<h1>API</h1>
        <p class="lead">
          Everything that the pages show, as JSON. The
          <a href="/api/openapi.json">OpenAPI document</a> describes every field; tokens are made on the
          <a href="/account">account page</a>.
        </p>
        ${codeBlock({
          id: 'api-sample',
          label: 'A command that lists reports',
          text: `curl -H "Authorization: Bearer $TOKEN" '${context.reportsUrl}/api/reports?limit=10'`,
        })}
        ${table({
          caption: 'Operations',
          rows: OPERATIONS,
          columns: [
            {
              label: 'Operation',
              cell: ({ method, path }) => html`<code class="value">${method.toUpperCase()} ${path}</code>`,
            },
            {
              label: 'What it does',
              cell: ({ summary, description }) =>
                html`${summary}${description === undefined ? null : html`<br /><span class="quiet">${description}</span>`}`,
            },
            { label: 'Needs', cell: ({ access }) => (access === 'protected' ? 'protected data' : access) },
          ],
        })}
        <p>
          Lists are paged by key: pass <code>next</code> of an answer as <code>cursor</code>; it is null on
          the last page. A failure is <code>{"error": {"code": …, "message": …}}</code>; codes are permanent.
          Protected annotations and attachments are left out for a token without that right.
        </p>`,
    };
  },
};
