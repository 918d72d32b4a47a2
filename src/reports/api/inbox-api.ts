// API: the inbox, the last submissions that were refused or odd.
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
      const outcome = query.get('outcome') ?? '';
      const protocol = query.get('protocol') ?? '';
      const page = await seen.listInbox({
        ...readPage(query),
        ...(outcome !== '' && { outcome }),
        ...(protocol !== '' && { protocol }),
      });
      return c.json({ entries: page.rows.map((entry) => inboxJson(entry, person)), next: page.next });
    },
  },
];
