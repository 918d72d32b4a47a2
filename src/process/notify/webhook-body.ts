// The bodies of webhooks: Mayday's own JSON (docs/notifications.md describes it) and the one that Slack and its kin understand.
import { bugUrl, countWords, HEADLINES, oneLine, rounded, versionWords } from './notice-words.ts';
import type { BugNotice, Payload } from '../../store/notice-payload.ts';

/** Version of Mayday's own body: fields are added to a version, never taken away or given another meaning. */
const SCHEMA = 1;

export interface WebhookBodyOptions {
  readonly deliveryId: number;
  readonly sentAt: number;
  readonly reportsUrl: string;
}

/** Mayday's own body. */
export function maydayBody(payload: Payload, options: WebhookBodyOptions): string {
  const { deliveryId, sentAt, reportsUrl } = options;
  const head = {
    schema: SCHEMA,
    delivery: deliveryId,
    sentAt: iso(sentAt),
    notice: payload.notice,
    at: iso(payload.at),
  };
  if (payload.notice === 'test') return JSON.stringify({ ...head, by: payload.by, url: reportsUrl });
  const { bug, spike } = payload;
  return JSON.stringify({
    ...head,
    bug: {
      ...bug,
      url: bugUrl(reportsUrl, bug.id),
      firstSeenAt: iso(bug.firstSeenAt),
      lastSeenAt: iso(bug.lastSeenAt),
    },
    spike:
      spike === null
        ? null
        : { today: spike.today, usual: rounded(spike.usual), threshold: rounded(spike.threshold) },
  });
}

/** Slack's body: one text. Everything that Slack would read as markup is escaped. */
export function slackBody(payload: Payload, { reportsUrl }: Pick<WebhookBodyOptions, 'reportsUrl'>): string {
  if (payload.notice === 'test') {
    return JSON.stringify({
      text: `Mayday can write here. ${slackText(payload.by, 100)} asked for this test.`,
    });
  }
  const { bug } = payload;
  const lines = [
    `*${HEADLINES[payload.notice]}* in ${slackText(bug.product, 100)}: <${bugUrl(reportsUrl, bug.id)}|${slackText(bug.title, 255)}>`,
    ...(bug.message === '' ? [] : [slackText(bug.message, 300)]),
    slackFacts(payload),
  ];
  return JSON.stringify({ text: lines.join('\n') });
}

function slackFacts(notice: BugNotice): string {
  const versions = versionWords(notice);
  return [countWords(notice), ...(versions === null ? [] : [`version ${slackText(versions, 100)}`])].join(
    ' · ',
  );
}

/** Slack escapes three characters; `|` ends the address of a link, and `*_~` and backquotes are markup without an escape. */
function slackText(text: string, max: number): string {
  return oneLine(text, max)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[|*_~`]/g, (mark) => `\u200b${mark}\u200b`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
