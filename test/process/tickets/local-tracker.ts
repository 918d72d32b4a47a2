// A local server that speaks the four APIs as their documentation tells: GitHub (2022-11-28), GitLab v4, Jira v2, Bugzilla v1. It keeps tickets
// and remembers every request; a test can make it answer badly.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what was sent
  readonly body: any;
}

interface KeptTicket {
  isClosed: boolean;
  readonly comments: string[];
  /** When each comment was written. */
  readonly times: string[];
}

export interface LocalTracker {
  readonly host: string;
  readonly url: string;
  readonly seen: SeenRequest[];
  /** By number. */
  readonly tickets: Map<number, KeptTicket>;
  /** Answers in its place; true: it did. Null: all is well. */
  misbehave: ((request: SeenRequest, response: ServerResponse) => boolean) | null;
  close(): Promise<void>;
}

export async function startLocalTracker(): Promise<LocalTracker> {
  const seen: SeenRequest[] = [];
  const tickets = new Map<number, KeptTicket>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => undefined);
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: text === '' ? null : JSON.parse(text),
      };
      seen.push(request);
      if (tracker.misbehave?.(request, response) === true) return;
      const [status, json] = answer(request, tickets, tracker.url);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(json === null ? undefined : JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tracker: LocalTracker = {
    host,
    url: `http://${host}`,
    seen,
    tickets,
    misbehave: null,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return tracker;
}

type Reply = readonly [status: number, json: unknown];

function answer(request: SeenRequest, tickets: LocalTracker['tickets'], url: string): Reply {
  const { method, path } = request;
  const is = (wanted: string, pattern: RegExp): RegExpExecArray | null =>
    method === wanted ? pattern.exec(path) : null;
  const make = (): number => {
    tickets.set(tickets.size + 1, { isClosed: false, comments: [], times: [] });
    return tickets.size;
  };
  const kept = (match: RegExpExecArray): KeptTicket =>
    tickets.get(Number(match[1])) ?? { isClosed: false, comments: [], times: [] };
  const say = (match: RegExpExecArray, text: string): void => {
    kept(match).comments.push(text);
    kept(match).times.push(new Date().toISOString());
  };
  const said = (match: RegExpExecArray, text: string, at: string) =>
    kept(match).comments.map((words, index) => ({ [text]: words, [at]: kept(match).times[index] }));
  const { body } = request;
  // GitHub
  if (is('POST', /^\/api\/v3\/repos\/example\/shop\/issues$/)) {
    const number = make();
    return [
      201,
      {
        id: 1e9 + number,
        number,
        state: 'open',
        html_url: `https://elsewhere.example/${number}`,
        title: body.title,
      },
    ];
  }
  let match = is('GET', /^\/api\/v3\/repos\/example\/shop\/issues\/(\d+)$/);
  if (match) {
    const { isClosed } = kept(match);
    return [
      200,
      {
        number: Number(match[1]),
        state: isClosed ? 'closed' : 'open',
        state_reason: isClosed ? 'completed' : null,
        title: 'secret title',
      },
    ];
  }
  match = is('POST', /^\/api\/v3\/repos\/example\/shop\/issues\/(\d+)\/comments$/);
  if (match) {
    say(match, body.body);
    return [201, { id: 1, body: body.body }];
  }
  match = is(
    'GET',
    /^\/api\/v3\/repos\/example\/shop\/issues\/(\d+)\/comments\?per_page=100&since=\d{4}-[^&]*Z$/,
  );
  if (match) return [200, said(match, 'body', 'created_at')];
  match = is('PATCH', /^\/api\/v3\/repos\/example\/shop\/issues\/(\d+)$/);
  if (match) {
    kept(match).isClosed = body.state === 'closed';
    return [200, { number: Number(match[1]), state: body.state }];
  }
  // GitLab
  if (is('POST', /^\/api\/v4\/projects\/group%2Fsub%2Fshop\/issues$/)) {
    const iid = make();
    return [201, { id: 84 + iid, iid, project_id: 4, state: 'opened', web_url: `${url}/x` }];
  }
  match = is('GET', /^\/api\/v4\/projects\/group%2Fsub%2Fshop\/issues\/(\d+)$/);
  if (match) return [200, { iid: Number(match[1]), state: kept(match).isClosed ? 'closed' : 'opened' }];
  match = is('POST', /^\/api\/v4\/projects\/group%2Fsub%2Fshop\/issues\/(\d+)\/notes$/);
  if (match) {
    say(match, body.body);
    return [201, { id: 1, body: body.body }];
  }
  match = is(
    'GET',
    /^\/api\/v4\/projects\/group%2Fsub%2Fshop\/issues\/(\d+)\/notes\?per_page=100&sort=desc&order_by=created_at$/,
  );
  if (match) return [200, said(match, 'body', 'created_at').toReversed()];
  match = is('PUT', /^\/api\/v4\/projects\/group%2Fsub%2Fshop\/issues\/(\d+)$/);
  if (match) {
    kept(match).isClosed = body.state_event === 'close';
    return [200, { iid: Number(match[1]), state: 'closed' }];
  }
  // Jira
  if (is('POST', /^\/rest\/api\/2\/issue$/)) {
    const number = make();
    return [
      201,
      {
        id: String(10_000 + number),
        key: `SHOP-${number}`,
        self: `${url}/rest/api/2/issue/${10_000 + number}`,
      },
    ];
  }
  match = is('GET', /^\/rest\/api\/2\/issue\/SHOP-(\d+)\?fields=status$/);
  if (match) {
    const { isClosed } = kept(match);
    const status = isClosed
      ? { name: 'Erledigt', statusCategory: { id: 3, key: 'done', name: 'Done' } }
      : { name: 'To Do', statusCategory: { id: 2, key: 'new', name: 'To Do' } };
    return [200, { id: '1', key: `SHOP-${match[1]}`, fields: { status } }];
  }
  match = is('POST', /^\/rest\/api\/2\/issue\/SHOP-(\d+)\/comment$/);
  if (match) {
    say(match, body.body);
    return [201, { id: '1', body: body.body }];
  }
  match = is('GET', /^\/rest\/api\/2\/issue\/SHOP-(\d+)\/comment\?maxResults=100&orderBy=-created$/);
  if (match) {
    // Jira's offsets have no colon.
    const { comments: texts, times } = kept(match);
    const comments = texts.map((text, index) => ({
      body: text,
      created: times[index]?.replace('Z', '+0000'),
    }));
    return [200, { startAt: 0, comments: comments.toReversed() }];
  }
  match = is('GET', /^\/rest\/api\/2\/issue\/SHOP-(\d+)\/transitions$/);
  if (match) {
    const to = (name: string, key: string) => ({ name, statusCategory: { key } });
    return [
      200,
      {
        expand: 'transitions',
        transitions: [
          { id: '11', name: 'Start', to: to('In Progress', 'indeterminate') },
          { id: '31', name: 'Resolve', to: to('Erledigt', 'done') },
        ],
      },
    ];
  }
  match = is('POST', /^\/rest\/api\/2\/issue\/SHOP-(\d+)\/transitions$/);
  if (match) {
    kept(match).isClosed = body.transition.id === '31';
    return [204, null];
  }
  // Bugzilla
  if (is('POST', /^\/rest\/bug$/)) return [200, { id: make() }];
  match = is('GET', /^\/rest\/bug\/(\d+)\?include_fields=id,status,resolution,is_open$/);
  if (match) {
    const { isClosed } = kept(match);
    const bug = isClosed
      ? { status: 'RESOLVED', resolution: 'FIXED', is_open: false }
      : { status: 'NEW', resolution: '', is_open: true };
    return [200, { bugs: [{ id: Number(match[1]), ...bug }], faults: [] }];
  }
  match = is('POST', /^\/rest\/bug\/(\d+)\/comment$/);
  if (match) {
    say(match, body.comment);
    return [201, { id: 1 }];
  }
  match = is('GET', /^\/rest\/bug\/(\d+)\/comment\?new_since=\d{4}-[^&]*Z$/);
  if (match)
    return [
      200,
      {
        bugs: { [String(match[1])]: { comments: said(match, 'text', 'creation_time') } },
        comments: {},
      },
    ];
  if (is('GET', /^\/rest\/field\/bug\/bug_status$/)) {
    const to = (...names: readonly string[]) => names.map((name) => ({ name, comment_required: false }));
    const values = [
      { name: null, is_open: true, can_change_to: to('UNCONFIRMED', 'NEW') },
      { name: 'UNCONFIRMED', is_open: true, can_change_to: to('NEW', 'RESOLVED') },
      { name: 'NEW', is_open: true, can_change_to: to('RESOLVED') },
      { name: 'RESOLVED', is_open: false, can_change_to: to('UNCONFIRMED', 'REOPENED', 'VERIFIED') },
      { name: 'REOPENED', is_open: true, can_change_to: to('RESOLVED') },
      { name: 'VERIFIED', is_open: false, can_change_to: to('REOPENED') },
    ];
    return [200, { fields: [{ name: 'bug_status', values }] }];
  }
  match = is('PUT', /^\/rest\/bug\/(\d+)$/);
  if (match) {
    kept(match).isClosed = body.status === 'RESOLVED';
    return [200, { bugs: [{ id: Number(match[1]), changes: {} }] }];
  }
  return [404, { message: 'Not Found' }];
}
