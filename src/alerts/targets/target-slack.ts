// Slack's incoming webhooks, and those of Mattermost, Rocket.Chat and others that took them over: one text in mrkdwn, and for Slack itself the
// same in blocks, which others do not read or read otherwise.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, https://docs.slack.dev/reference/block-kit/blocks
import type { Payload } from '../../store/notice-payload.ts';
import { oneLine } from '../notice-words.ts';
import type { Target } from './target.ts';
import { signed } from './target-mayday.ts';
import { tellingOf } from './telling.ts';
import type { Telling } from './telling.ts';

/** Slack cuts longer texts. */
const MAX_TEXT = 40_000;
/** Slack refuses a message with a longer text in a block. */
const MAX_BLOCK_TEXT = 3000;
/** Slack and its server for governments. */
const SLACK_HOSTS: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);

export const slackTarget: Target = {
  name: 'slack',
  short: 'Slack',
  label: 'Slack, Mattermost, Rocket.Chat and the like',
  address: 'the incoming webhook: https://hooks.slack.com/services/…',
  addressIsSecret: true,
  hasRooms: false,
  request(webhook, payload, { reportsUrl }) {
    const url = new URL(webhook.url);
    const body = slackBody(payload, { reportsUrl, hasBlocks: SLACK_HOSTS.has(url.hostname) });
    return { method: 'POST', url, body, headers: signed(body, webhook.secret) };
  },
};

/** Everything that Slack would read as markup is escaped. Where there are blocks, the text is what notifications show. */
export function slackBody(
  payload: Payload,
  { reportsUrl, hasBlocks = false }: { readonly reportsUrl: string; readonly hasBlocks?: boolean },
): string {
  const telling = tellingOf(payload, reportsUrl);
  const { headline, product, title, lines, facts, links } = telling;
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
  const shown = text.slice(0, MAX_TEXT).toWellFormed();
  return JSON.stringify(hasBlocks ? { text: shown, blocks: blocksOf(telling) } : { text: shown });
}

/** Words of strangers stand in plain text, of which Slack reads nothing, or escaped in the text of a link. */
function blocksOf({ headline, product, title, lines, facts, links }: Telling) {
  const where = product === null ? '' : ` in ${escaped(product)}`;
  const link = `*<${title.url}|${escaped(title.text)}>*`;
  const head = `*${headline}*${where}`;
  const section = (text: Readonly<Record<string, unknown>>) => ({ type: 'section', text });
  const isLong = head.length + link.length >= MAX_BLOCK_TEXT;
  return [
    // Half an address leads nowhere: a search of thousands of characters is found in Mayday.
    section(mrkdwn([head, isLong ? escaped(title.text) : link])),
    ...(lines.length === 0 ? [] : [section(plain(lines))]),
    ...(facts.length === 0 ? [] : [{ type: 'context', elements: [mrkdwn(facts.map(escaped))] }]),
    ...(links.length === 0
      ? []
      : [section(mrkdwn(links.map(({ text, url }) => `• <${url}|${escaped(text)}>`)))]),
  ];
}

/** `verbatim`: nothing in it becomes a link or a mention by itself. */
function mrkdwn(lines: readonly string[]) {
  return { type: 'mrkdwn', text: fitting(lines), verbatim: true };
}

function plain(lines: readonly string[]) {
  return {
    type: 'plain_text',
    text: fitting(lines.map((line) => line.slice(0, MAX_BLOCK_TEXT - 1))),
    emoji: false,
  };
}

/** As many whole lines as a block takes. */
function fitting(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length + 1 > MAX_BLOCK_TEXT) break;
    text += text === '' ? line : `\n${line}`;
  }
  return text.toWellFormed();
}

/** Slack escapes three characters; `|` ends the address of a link, and `*_~` and backquotes are markup without an escape. */
function escaped(text: string): string {
  return oneLine(text, text.length)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[|*_~`]/g, (mark) => `\u200b${mark}\u200b`);
}
