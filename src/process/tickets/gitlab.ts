// GitLab, also self-hosted: REST API v4, https://docs.gitlab.com/api/issues/.
import type { TrackerSettings } from '../../store/tickets.ts';
import { numberedTicket, numberOf, objectOf, textsSince } from './tracker-client.ts';
import type { TrackerClient } from './tracker-client.ts';

/** A server below a path needs its API's base in the settings: the path of the project does not tell where it ends. */
function issuesOf({ url, api }: TrackerSettings): string {
  const page = new URL(url);
  const base = api ?? `${page.origin}/api/v4`;
  const root = api === null ? '' : new URL(api).pathname.replace(/\/api\/v4$/, '');
  const project = page.pathname.slice(page.pathname.startsWith(`${root}/`) ? root.length + 1 : 1);
  return `${base}/projects/${encodeURIComponent(decodeURIComponent(project))}/issues`;
}

export const gitlab: TrackerClient = {
  label: 'GitLab',
  markup: 'markdown',
  authorization: (_, token) => ({ 'private-token': token }),
  async create(settings, { title, body }, send) {
    const { labels, url } = settings;
    const made = await send({
      method: 'POST',
      url: issuesOf(settings),
      body: { title, description: body, ...(labels.length > 0 && { labels: labels.join(',') }) },
    });
    const number = numberOf(objectOf(made)['iid']);
    return number === null ? null : { key: String(number), url: `${url}/-/issues/${number}` };
  },
  async show(settings, key, send) {
    const { state } = objectOf(await send({ method: 'GET', url: `${issuesOf(settings)}/${key}` }));
    if (state !== 'opened' && state !== 'closed') return null;
    return { state: state === 'opened' ? 'open' : 'closed', isClosed: state === 'closed' };
  },
  async comment(settings, key, body, send) {
    await send({ method: 'POST', url: `${issuesOf(settings)}/${key}/notes`, body: { body } });
  },
  async commentsSince(settings, key, since, send) {
    const url = `${issuesOf(settings)}/${key}/notes?per_page=100&sort=desc&order_by=created_at`;
    return textsSince(await send({ method: 'GET', url }), since, { text: 'body', at: 'created_at' });
  },
  async close(settings, key, send) {
    await send({ method: 'PUT', url: `${issuesOf(settings)}/${key}`, body: { state_event: 'close' } });
  },
  async reopen(settings, key, send) {
    await send({ method: 'PUT', url: `${issuesOf(settings)}/${key}`, body: { state_event: 'reopen' } });
  },
  named({ url }, ticket) {
    const number = numberedTicket(ticket, `${url}/-/issues/`) ?? numberedTicket(ticket, `${url}/issues/`);
    return number === null ? null : { key: number, url: `${url}/-/issues/${number}` };
  },
  form({ url }, { title, body }) {
    const query = new URLSearchParams({ 'issue[title]': title, 'issue[description]': body });
    return `${url}/-/issues/new?${query.toString()}`;
  },
};
