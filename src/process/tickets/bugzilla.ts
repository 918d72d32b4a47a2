// Bugzilla: REST API version 1, https://bugzilla.readthedocs.io/en/latest/api/core/v1/bug.html. `[@ signature]` in the summary and in the
// field of signatures is how Mozilla's crash reports and bugs find each other.
import { numberOf, objectOf, wordOf } from './tracker-client.ts';
import type { TrackerClient } from './tracker-client.ts';
import type { TrackerSettings } from '../../store/tickets.ts';

const MAX_SUMMARY = 250;

function bugsOf({ url, api }: TrackerSettings): string {
  return `${api ?? url}/rest/bug`;
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
    const [bug] = Array.isArray(bugs) ? bugs.map((one) => objectOf(one)) : [];
    const status = wordOf(bug?.['status']);
    const isOpen = bug?.['is_open'];
    if (status === null || typeof isOpen !== 'boolean') return null;
    const resolution = wordOf(bug?.['resolution']);
    return { state: resolution === null ? status : `${status} ${resolution}`, isClosed: !isOpen };
  },
  async comment(settings, key, comment, send) {
    await send({ method: 'POST', url: `${bugsOf(settings)}/${key}/comment`, body: { comment } });
  },
  async close(settings, key, send) {
    const body = { status: 'RESOLVED', resolution: 'FIXED' };
    await send({ method: 'PUT', url: `${bugsOf(settings)}/${key}`, body });
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
