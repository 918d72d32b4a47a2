// Matrix: a message into a room, by the client-server API. The address is that of the home server.
// https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
import { createHmac } from 'node:crypto';
import type { Target } from './target.ts';
import { tellingOf } from './telling.ts';
import type { Link, Telling } from './telling.ts';

/** An event has at most 64 KiB; two forms of the text stand in it. */
const MAX_TEXT = 16_000;
const TXN_LENGTH = 32;

export const matrixTarget: Target = {
  name: 'matrix',
  short: 'Matrix',
  label: 'Matrix',
  address: 'the home server of the account that writes: https://matrix.example.org',
  addressIsSecret: false,
  hasRooms: true,
  request(webhook, payload, { deliveryId, reportsUrl }) {
    const telling = tellingOf(payload, reportsUrl);
    // The home server drops a transaction that it has seen: an attempt whose answer was lost is not told twice.
    const txn = createHmac('sha256', webhook.secret).update(`delivery ${deliveryId}`).digest('hex');
    const base = webhook.url.replace(/\/+$/, '');
    const room = encodeURIComponent(webhook.room ?? '');
    const path = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${txn.slice(0, TXN_LENGTH)}`;
    return {
      method: 'PUT',
      url: new URL(`${base}${path}`),
      headers: { authorization: `Bearer ${webhook.token ?? ''}` },
      body: JSON.stringify({
        msgtype: 'm.text',
        body: plain(telling),
        format: 'org.matrix.custom.html',
        formatted_body: formatted(telling),
        // Nobody is mentioned, whatever a crash says.
        'm.mentions': {},
      }),
    };
  },
};

function plain({ headline, product, title, lines, facts, links }: Telling): string {
  const head = `${headline}${product === null ? '' : ` in ${product}`}: ${title.text}`;
  return [head, title.url, ...lines, ...facts, ...links.map(({ text, url }) => `• ${text} ${url}`)]
    .join('\n')
    .slice(0, MAX_TEXT)
    .toWellFormed();
}

function formatted({ headline, product, title, lines, facts, links }: Telling): string {
  const where = product === null ? '' : ` in ${escaped(product)}`;
  let html = `<strong>${escaped(headline)}</strong>${where}: ${anchor(title)}`;
  const more = [
    ...[...lines, ...facts].map((line) => `<br>${escaped(line)}`),
    ...links.map((link) => `<br>• ${anchor(link)}`),
  ];
  for (const line of more) {
    if (html.length + line.length > MAX_TEXT) break;
    html += line;
  }
  return html;
}

function anchor({ text, url }: Link): string {
  return `<a href="${escaped(url)}">${escaped(text)}</a>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
