// Bugzilla: REST API version 1, https://bugzilla.readthedocs.io/en/latest/api/core/v1/bug.html. `[@ signature]` in the summary and in the
// field of signatures is how Mozilla's crash reports and bugs find each other.
import { numberOf, objectOf, objectsOf, textsSince, wordOf } from './tracker-client.ts';
import type { Json, TrackerClient } from './tracker-client.ts';
import { TrackerFailure } from './tracker-failure.ts';
import type { TrackerSettings } from '../../store/tickets.ts';

const MAX_SUMMARY = 250;

function api({ url, api: base }: TrackerSettings): string {
  return base ?? url;
}

function bugsOf(settings: TrackerSettings): string {
  return `${api(settings)}/rest/bug`;
}

function nameOf({ url }: TrackerSettings, key: string) {
  return { key, url: `${url}/show_bug.cgi?id=${key}` };
}

/** What both the API and the form are told. */
function fieldsOf(
  { project, component, version, signatureField, labels }: TrackerSettings,
  signature: string,
): Readonly<Record<string, string>> {
  return {
    product: project ?? '',
    component: component ?? '',
    version: version ?? 'unspecified',
    ...(signatureField !== null && { [signatureField]: `[@ ${signature}]` }),
    ...(labels.length > 0 && { keywords: labels.join(',') }),
  };
}

export const bugzilla: TrackerClient = {
  label: 'Bugzilla',
  markup: 'plain',
  authorization: (_, token) => ({ 'x-bugzilla-api-key': token }),
  async create(settings, { title, body, signature }, send) {
    const { keywords, ...fields } = fieldsOf(settings, signature);
    const made = await send({
      method: 'POST',
      url: bugsOf(settings),
      body: {
        ...fields,
        ...(keywords !== undefined && { keywords: keywords.split(',') }),
        summary: title.slice(0, MAX_SUMMARY),
        description: body,
        // Installations without defaults insist on both.
        op_sys: 'All',
        rep_platform: 'All',
      },
    });
    const number = numberOf(objectOf(made)['id']);
    return number === null ? null : nameOf(settings, String(number));
  },
  async show(settings, key, send) {
    const url = `${bugsOf(settings)}/${key}?include_fields=id,status,resolution,is_open`;
    const { bugs } = objectOf(await send({ method: 'GET', url }));
    const [bug] = objectsOf(bugs);
    const status = wordOf(bug?.['status']);
    const isOpen = bug?.['is_open'];
    if (status === null || typeof isOpen !== 'boolean') return null;
    const resolution = wordOf(bug?.['resolution']);
    return { state: resolution === null ? status : `${status} ${resolution}`, isClosed: !isOpen };
  },
  async comment(settings, key, comment, send) {
    await send({ method: 'POST', url: `${bugsOf(settings)}/${key}/comment`, body: { comment } });
  },
  async commentsSince(settings, key, since, send) {
    const url = `${bugsOf(settings)}/${key}/comment?new_since=${new Date(since).toISOString()}`;
    const { bugs } = objectOf(await send({ method: 'GET', url }));
    const { comments } = objectOf(objectOf(bugs)[key]);
    return textsSince(comments, since, { text: 'text', at: 'creation_time' });
  },
  async close(settings, key, send) {
    const body = { status: 'RESOLVED', resolution: 'FIXED' };
    await send({ method: 'PUT', url: `${bugsOf(settings)}/${key}`, body });
  },
  async reopen(settings, key, send) {
    // Which statuses there are, and what follows on which, is each installation's own.
    const url = `${api(settings)}/rest/field/bug/bug_status`;
    const [field] = objectsOf(objectOf(await send({ method: 'GET', url }))['fields']);
    const status = reopened(objectsOf(field?.['values']));
    if (status === null)
      throw new TrackerFailure('no status that is open follows on RESOLVED', { kind: 'refused' });
    await send({ method: 'PUT', url: `${bugsOf(settings)}/${key}`, body: { status } });
  },
  named(settings, ticket) {
    const base = `${settings.url}/show_bug.cgi?`;
    const text = ticket.startsWith(base)
      ? (new URLSearchParams(ticket.slice(base.length).replace(/#.*$/s, '')).get('id') ?? '')
      : ticket.trim();
    const number = /^#?([1-9]\d{0,14})$/.exec(text)?.[1];
    return number === undefined ? null : nameOf(settings, number);
  },
  form(settings, { title, body, signature }) {
    const query = new URLSearchParams({
      ...fieldsOf(settings, signature),
      short_desc: title.slice(0, MAX_SUMMARY),
      comment: body,
    });
    return `${settings.url}/enter_bug.cgi?${query.toString()}`;
  },
};

/** The status of a resolved bug that is open again: REOPENED where it still is one (until Bugzilla 3, and Mozilla's), else the first that is open. */
function reopened(statuses: readonly Json[]): string | null {
  const open = new Set(statuses.filter((one) => one['is_open'] === true).map((one) => one['name']));
  const resolved = statuses.find(({ name }) => name === 'RESOLVED');
  const next = objectsOf(resolved?.['can_change_to']).map(({ name }) => wordOf(name));
  const possible = next.flatMap((name) => (name !== null && open.has(name) ? [name] : []));
  return (
    possible.find((name) => name === 'REOPENED') ?? possible.find((name) => name !== 'UNCONFIRMED') ?? null
  );
}
