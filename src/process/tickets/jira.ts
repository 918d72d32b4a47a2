// Jira Cloud and Data Center: REST API version 2, which both speak (texts in Jira's own markup).
import type { TrackerSettings } from '../../store/tickets.ts';
import { objectOf, objectsOf, textsSince, wordOf } from './tracker-client.ts';
import type { Json, SendToTracker, TrackerClient } from './tracker-client.ts';
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
  async commentsSince(settings, key, since, send) {
    const url = `${issuesOf(settings)}/${key}/comment?maxResults=100&orderBy=-created`;
    const { comments } = objectOf(await send({ method: 'GET', url }));
    return textsSince(comments, since, { text: 'body', at: 'created' });
  },
  async close(settings, key, send) {
    const { closeTransition: wanted } = settings;
    await transit(`${issuesOf(settings)}/${key}/transitions`, send, {
      leads: ({ name, to }) =>
        wanted === null ? isDone(objectOf(to)) : wordOf(name)?.toLowerCase() === wanted.toLowerCase(),
      fault:
        wanted === null
          ? 'no transition of the ticket leads to a status that is done'
          : `the ticket has no transition "${wanted}" now`,
    });
  },
  async reopen(settings, key, send) {
    await transit(`${issuesOf(settings)}/${key}/transitions`, send, {
      leads: ({ to }) => !isDone(objectOf(to)),
      fault: 'no transition of the ticket leads to a status that is not done',
    });
  },
  named(settings, ticket) {
    const base = `${settings.url}/browse/`;
    const key = ticket.startsWith(base) ? ticket.slice(base.length).replace(/[/?#].*$/s, '') : ticket.trim();
    return KEY.test(key) ? nameOf(settings, key) : null;
  },
  // Its form wants numbers of the project and the type, which only the template of the settings can know.
  form: () => null,
};

/** Takes the first transition that leads where it should. */
async function transit(
  url: string,
  send: SendToTracker,
  { leads, fault }: { readonly leads: (transition: Json) => boolean; readonly fault: string },
): Promise<void> {
  const { transitions } = objectOf(await send({ method: 'GET', url }));
  const id = wordOf(objectsOf(transitions).find(leads)?.['id']);
  if (id === null) throw new TrackerFailure(fault, { kind: 'refused' });
  await send({ method: 'POST', url, body: { transition: { id } } });
}

/** Names of statuses are everybody's own; their categories are Jira's. */
function isDone(status: Json): boolean {
  return objectOf(status['statusCategory'])['key'] === 'done';
}
