// API: the inbox, the last submissions that were refused or odd.
import { findInInbox, readInboxFilter } from '../query/inbox-query.ts';
import { inboxJson } from '../view/report-json.ts';
import type { Operation } from '../operations/operation.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';
import { schemaRef } from '../operations/schemas.ts';

export const inboxOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/inbox',
    id: 'listInbox',
    summary: 'Submissions that were refused or odd, newest first',
    access: 'read',
    parameters: [
      {
        name: 'outcome',
        in: 'query',
        description: 'Only this outcome: refused, throttled, accepted_with_notes, duplicate, ignored.',
      },
      { name: 'protocol', in: 'query', description: 'Only this protocol.' },
      { name: 'product', in: 'query', description: 'Only requests that named this product.' },
      {
        name: 'client',
        in: 'query',
        description:
          'Only what this client sent: the first name of its User-Agent, where you may see headers.',
      },
      { name: 'code', in: 'query', description: 'Only this code of a refusal, or this throttling rule.' },
      {
        name: 'text',
        in: 'query',
        description: 'Only entries that say this, in whatever you may see of them.',
      },
      ...CURSOR_PARAMETERS,
    ],
    answer: {
      status: 200,
      description: 'A page of the inbox.',
      contentType: 'application/json',
      schema: schemaRef('InboxPage'),
    },
    failures: [400],
    async run({ c, seen, person, query }) {
      const page = await findInInbox(seen, readInboxFilter(query), readPage(query));
      return c.json({ entries: page.rows.map((entry) => inboxJson(entry, person)), next: page.next });
    },
  },
];
