// GitHub, and GitHub Enterprise Server: REST API version 2022-11-28, https://docs.github.com/rest/issues.
import type { TrackerSettings } from '../../store/tickets.ts';
import { numberedTicket, numberOf, objectOf, textsSince, wordOf } from './tracker-client.ts';
import type { TrackerClient } from './tracker-client.ts';

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

/** `https://api.github.com/repos/owner/name`; a server of one's own has its API below `/api/v3`. */
function issuesOf({ url, api }: TrackerSettings): string {
  const page = new URL(url);
  const base = api ?? (page.host === 'github.com' ? 'https://api.github.com' : `${page.origin}/api/v3`);
  return `${base}/repos${page.pathname}/issues`;
}

export const github: TrackerClient = {
  label: 'GitHub',
  markup: 'markdown',
  authorization: (_, token) => ({ authorization: `Bearer ${token}` }),
  async create(settings, { title, body }, send) {
    const { labels } = settings;
    const made = await send({
      method: 'POST',
      url: issuesOf(settings),
      headers: HEADERS,
      body: { title, body, ...(labels.length > 0 && { labels }) },
    });
    const number = numberOf(objectOf(made)['number']);
    return number === null ? null : { key: String(number), url: `${settings.url}/issues/${number}` };
  },
  async show(settings, key, send) {
    const url = `${issuesOf(settings)}/${key}`;
    const { state, state_reason: reason } = objectOf(await send({ method: 'GET', url, headers: HEADERS }));
    if (state !== 'open' && state !== 'closed') return null;
    // `completed`, `not_planned`, `duplicate`; of open ones `reopened`.
    const words = state === 'closed' && reason !== 'completed' ? wordOf(reason) : null;
    return {
      state: words === null ? state : `${state} as ${words.replaceAll('_', ' ')}`,
      isClosed: state === 'closed',
    };
  },
  async comment(settings, key, body, send) {
    const url = `${issuesOf(settings)}/${key}/comments`;
    await send({ method: 'POST', url, headers: HEADERS, body: { body } });
  },
  async commentsSince(settings, key, since, send) {
    // Those that were changed since are among them, so the time is looked at again.
    const query = `per_page=100&since=${new Date(since).toISOString()}`;
    const url = `${issuesOf(settings)}/${key}/comments?${query}`;
    const list = await send({ method: 'GET', url, headers: HEADERS });
    return textsSince(list, since, { text: 'body', at: 'created_at' });
  },
  async close(settings, key, send) {
    const url = `${issuesOf(settings)}/${key}`;
    const body = { state: 'closed', state_reason: 'completed' };
    await send({ method: 'PATCH', url, headers: HEADERS, body });
  },
  async reopen(settings, key, send) {
    const url = `${issuesOf(settings)}/${key}`;
    const body = { state: 'open', state_reason: 'reopened' };
    await send({ method: 'PATCH', url, headers: HEADERS, body });
  },
  named({ url }, ticket) {
    const number = numberedTicket(ticket, `${url}/issues/`);
    return number === null ? null : { key: number, url: `${url}/issues/${number}` };
  },
  form({ url, labels }, { title, body }) {
    const query = new URLSearchParams({ title, body });
    if (labels.length > 0) query.set('labels', labels.join(','));
    return `${url}/issues/new?${query.toString()}`;
  },
};
