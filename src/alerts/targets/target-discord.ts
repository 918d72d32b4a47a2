// Discord's webhooks: one embed, which mentions nobody whatever a crash says.
// https://discord.com/developers/docs/resources/webhook#execute-webhook
import type { Target } from './target.ts';
import { tellingOf } from './telling.ts';
import type { Telling } from './telling.ts';

/** Limits of an embed. */
const MAX_TITLE = 256;
const MAX_DESCRIPTION = 4096;
const COLOURS = { bad: 0xc0392b, good: 0x2e8b57, plain: 0x5865f2 } as const;

export const discordTarget: Target = {
  name: 'discord',
  short: 'Discord',
  label: 'Discord',
  address: 'the webhook of the channel: https://discord.com/api/webhooks/…',
  addressIsSecret: true,
  hasRooms: false,
  request(webhook, payload, { reportsUrl }) {
    const body = JSON.stringify({
      username: 'Mayday',
      allowed_mentions: { parse: [] },
      embeds: [embedOf(tellingOf(payload, reportsUrl))],
    });
    return { method: 'POST', url: new URL(webhook.url), headers: {}, body };
  },
};

function embedOf({ headline, product, title, lines, facts, links, mood, at }: Telling) {
  const head = `${headline}${product === null ? '' : ` in ${product}`}: ${title.text}`;
  return {
    // A title reads markdown as well.
    title: cut(escaped(head), MAX_TITLE),
    url: title.url,
    description: described([
      ...[...lines, ...facts].map(escaped),
      ...links.map(({ text, url }) => `• [${escaped(text)}](${url})`),
    ]),
    color: COLOURS[mood],
    timestamp: new Date(at).toISOString(),
  };
}

/** Whole lines only: half a link would be read as text. */
function described(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    const more = text === '' ? line : `${text}\n${line}`;
    if (more.length > MAX_DESCRIPTION) break;
    text = more;
  }
  return text;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\*_~`|>#[\]()<:@-]/g, String.raw`\$&`);
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text;
}
