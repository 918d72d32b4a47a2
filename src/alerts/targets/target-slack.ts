// Slack's incoming webhooks, and those of Mattermost, Rocket.Chat and others that took them over: one text in mrkdwn.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
import type { Payload } from '../../store/notice-payload.ts';
import { oneLine } from '../notice-words.ts';
import type { Target } from './target.ts';
import { signed } from './target-mayday.ts';
import { tellingOf } from './telling.ts';

/** Slack cuts longer texts. */
const MAX_TEXT = 40_000;

export const slackTarget: Target = {
  name: 'slack',
  short: 'Slack',
  label: 'Slack, Mattermost, Rocket.Chat and the like',
  address: 'the incoming webhook: https://hooks.slack.com/services/…',
  addressIsSecret: true,
  hasRooms: false,
  request(webhook, payload, { reportsUrl }) {
    const body = slackBody(payload, { reportsUrl });
    return { method: 'POST', url: new URL(webhook.url), body, headers: signed(body, webhook.secret) };
  },
};

/** Everything that Slack would read as markup is escaped. */
export function slackBody(payload: Payload, { reportsUrl }: { readonly reportsUrl: string }): string {
  const { headline, product, title, lines, facts, links } = tellingOf(payload, reportsUrl);
  if (payload.notice === 'test')
    return JSON.stringify({ text: `${title.text} ${lines.map(escaped).join(' ')}` });
  const where = product === null ? '' : ` in ${escaped(product)}`;
  // What is said of a bug goes into one line, as a list of alerts does not.
  const said = payload.notice === 'alert' ? facts.map(escaped) : [facts.map(escaped).join(' · ')];
  const text = [
    `*${headline}*${where}: <${title.url}|${escaped(title.text)}>`,
    ...lines.map(escaped),
    ...said,
    ...links.map(({ text: label, url }) => `• <${url}|${escaped(label)}>`),
  ].join('\n');
  return JSON.stringify({ text: text.slice(0, MAX_TEXT).toWellFormed() });
}

/** Slack escapes three characters; `|` ends the address of a link, and `*_~` and backquotes are markup without an escape. */
function escaped(text: string): string {
  return oneLine(text, text.length)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[|*_~`]/g, (mark) => `\u200b${mark}\u200b`);
}
