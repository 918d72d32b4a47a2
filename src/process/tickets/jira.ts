// Jira Cloud and Data Center: REST API version 2, which both speak (texts in Jira's own markup).
import type { TrackerSettings } from '../../store/tickets.ts';
import { objectOf, wordOf } from './tracker-client.ts';
import type { Json, TrackerClient } from './tracker-client.ts';
import { TrackerFailure } from './tracker-failure.ts';

const MAX_SUMMARY = 250;
const KEY = /^[A-Z][A-Z0-9_]{0,50}-[1-9]\d{0,14}$/;

function issuesOf({ url, api }: TrackerSettings): string {
  return `${api ?? url}/rest/api/2/issue`;
}

function nameOf({ url }: TrackerSettings, key: string) {
  return { key, url: `${url}/browse/${key}` };
}

export const jira: TrackerClient = {
  label: 'Jira',
  markup: 'jira',
  // Cloud takes a user's address with a token; Data Center takes a personal access token.
  authorization: ({ user }, token) => ({
    authorization:
      user === null ? `Bearer ${token}` : `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`,
  }),
  async create(settings, { title, body }, send) {
    const { labels, project, issueType } = settings;
    const fields = {
      project: { key: project },
      issuetype: { name: issueType ?? 'Bug' },
      // No line break, and at most 255 characters.
      summary: title.replaceAll(/\s+/g, ' ').slice(0, MAX_SUMMARY),
      description: body,
      ...(labels.length > 0 && { labels }),
    };
    const made = await send({ method: 'POST', url: issuesOf(settings), body: { fields } });
    const key = wordOf(objectOf(made)['key']);
    return key === null || !KEY.test(key) ? null : nameOf(settings, key);
  },
  async show(settings, key, send) {
    const url = `${issuesOf(settings)}/${key}?fields=status`;
    const { fields } = objectOf(await send({ method: 'GET', url }));
    const status = objectOf(objectOf(fields)['status']);
    const name = wordOf(status['name']);
    return name === null ? null : { state: name, isClosed: isDone(status) };
  },
  async comment(settings, key, body, send) {
    await send({ method: 'POST', url: `${issuesOf(settings)}/${key}/comment`, body: { body } });
  },
  async close(settings, key, send) {
    const url = `${issuesOf(settings)}/${key}/transitions`;
    const { transitions } = objectOf(await send({ method: 'GET', url }));
    const all = Array.isArray(transitions) ? transitions.map((one) => objectOf(one)) : [];
    const { closeTransition: wanted } = settings;
    const chosen = all.find(({ name, to }) =>
      wanted === null ? isDone(objectOf(to)) : wordOf(name)?.toLowerCase() === wanted.toLowerCase(),
    );
    const id = wordOf(chosen?.['id']);
    if (id === null) {
      throw new TrackerFailure(
        wanted === null
          ? 'no transition of the ticket leads to a status that is done'
          : `the ticket has no transition "${wanted}" now`,
        { kind: 'refused' },
      );
    }
    await send({ method: 'POST', url, body: { transition: { id } } });
  },
  named(settings, ticket) {
    const base = `${settings.url}/browse/`;
    const key = ticket.startsWith(base) ? ticket.slice(base.length).replace(/[/?#].*$/s, '') : ticket.trim();
    return KEY.test(key) ? nameOf(settings, key) : null;
  },
  // Its form wants numbers of the project and the type, which only the template of the settings can know.
  form: () => null,
};

/** Names of statuses are everybody's own; their categories are Jira's. */
function isDone(status: Json): boolean {
  return objectOf(status['statusCategory'])['key'] === 'done';
}
