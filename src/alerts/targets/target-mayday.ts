// Mayday's own body, signed (docs/notifications.md describes it).
import type { AlertNotice, Payload } from '../../store/notice-payload.ts';
import { bugUrl, rounded } from '../notice-words.ts';
import type { Target, TargetOptions } from './target.ts';
import { signatureOf } from './webhook-signature.ts';

/** Version of the body: fields are added to a version, never taken away or given another meaning. */
const SCHEMA = 1;

export const maydayTarget: Target = {
  name: 'mayday',
  short: 'Server',
  label: 'A server of your own: JSON of Mayday, signed',
  address: 'where it is posted to',
  addressIsSecret: false,
  hasRooms: false,
  request(webhook, payload, options) {
    const body = maydayBody(payload, options);
    return { method: 'POST', url: new URL(webhook.url), body, headers: signed(body, webhook.secret) };
  },
};

/** What shows that a body comes from this Mayday. */
export function signed(body: string, secret: string): Readonly<Record<string, string>> {
  return { 'x-mayday-signature': signatureOf(body, secret) };
}

/** The body. */
export function maydayBody(payload: Payload, options: TargetOptions): string {
  const { deliveryId, sentAt, reportsUrl } = options;
  const head = {
    schema: SCHEMA,
    delivery: deliveryId,
    sentAt: iso(sentAt),
    notice: payload.notice,
    at: iso(payload.at),
  };
  if (payload.notice === 'test') return JSON.stringify({ ...head, by: payload.by, url: reportsUrl });
  if (payload.notice === 'alert') return JSON.stringify({ ...head, ...alertFields(payload, reportsUrl) });
  const { bug, spike, comment } = payload;
  return JSON.stringify({
    ...head,
    bug: bugFields(bug, reportsUrl),
    spike:
      spike === null
        ? null
        : { today: spike.today, usual: rounded(spike.usual), threshold: rounded(spike.threshold) },
    ...(comment !== undefined && { comment: { by: comment.by, text: comment.text } }),
  });
}

function bugFields<
  B extends { readonly id: number; readonly firstSeenAt: number; readonly lastSeenAt: number },
>(bug: B, reportsUrl: string) {
  return {
    ...bug,
    url: bugUrl(reportsUrl, bug.id),
    firstSeenAt: iso(bug.firstSeenAt),
    lastSeenAt: iso(bug.lastSeenAt),
  };
}

function alertFields({ rule, findings, more, bugs, path }: AlertNotice, reportsUrl: string) {
  return {
    rule: { ...rule, url: `${reportsUrl}/alerts/${rule.id}` },
    findings: findings.map((finding) => ({ ...finding, at: iso(finding.at) })),
    more,
    bugs: bugs.map((bug) => bugFields(bug, reportsUrl)),
    url: `${reportsUrl}${path}`,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
