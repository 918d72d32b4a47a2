// Microsoft Teams: an Adaptive Card to a webhook of Workflows ("Post to a channel when a webhook request is received").
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
import type { Target } from './target.ts';
import { tellingOf } from './telling.ts';
import type { Link, Telling } from './telling.ts';

/** Teams refuses messages above 28 KB. */
const MAX_RUN = 1000;
const MAX_LINKS = 10;

export const teamsTarget: Target = {
  name: 'teams',
  short: 'Teams',
  label: 'Microsoft Teams (Workflows)',
  address: 'the address that the workflow shows: https://….logic.azure.com/workflows/…',
  addressIsSecret: true,
  hasRooms: false,
  request(webhook, payload, { reportsUrl }) {
    const card = cardOf(tellingOf(payload, reportsUrl));
    const body = JSON.stringify({
      type: 'message',
      attachments: [
        { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
      ],
    });
    return { method: 'POST', url: new URL(webhook.url), headers: {}, body };
  },
};

const COLOURS = { bad: 'attention', good: 'good', plain: 'default' } as const;

/** Words of strangers stand in runs of text, which unlike blocks read no markdown. */
function cardOf({ headline, product, title, lines, facts, links, mood }: Telling) {
  const head = `${headline}${product === null ? '' : ` in ${product}`}`;
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      rich([{ text: head, weight: 'bolder', color: COLOURS[mood] }]),
      rich([run(title, { size: 'medium' })]),
      ...lines.map((line) => rich([{ text: line }])),
      ...facts.map((fact) => rich([{ text: fact, isSubtle: true }])),
      ...links.slice(0, MAX_LINKS).map((link) => rich([{ text: '• ' }, run(link)])),
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open in Mayday', url: title.url }],
  };
}

interface Run {
  readonly text: string;
  readonly [style: string]: unknown;
}

function run({ text, url }: Link, style: Readonly<Record<string, unknown>> = {}): Run {
  return { text, ...style, selectAction: { type: 'Action.OpenUrl', url } };
}

function rich(runs: readonly Run[]) {
  return {
    type: 'RichTextBlock',
    inlines: runs.map(({ text, ...style }) => ({
      type: 'TextRun',
      text: text.slice(0, MAX_RUN).toWellFormed(),
      ...style,
    })),
  };
}
