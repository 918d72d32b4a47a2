// What a new ticket says of a bug: title, counts, the newest stack. Made of what everybody may see alone: it is read through the gate by nobody
// in particular, because a ticket may be public.
import { codeBlock, codeWords } from '../../process/tickets/ticket-markup.ts';
import type { Markup } from '../../process/tickets/ticket-markup.ts';
import type { TicketText } from '../../process/tickets/tracker-client.ts';
import { trackerClient } from '../../process/tickets/tracker-registry.ts';
import type { Bug } from '../../store/bugs.ts';
import type { TrackerSettings } from '../../store/tickets.ts';
import type { CoverCrash } from '../gate/cover-crash.ts';
import { crashText } from './frame-text.ts';

const MAX_TITLE = 200;
const MAX_SIGNATURE = 255;
const STACK_LINES = 60;
/** Longer addresses are cut or refused on the way: web servers take 8 KB. */
const MAX_FORM_ADDRESS = 7000;
/** Lines of the stack that a form is tried with. */
const FORM_LINES = [40, 25, 15, 8, 4, 0] as const;

export interface TicketFacts {
  /** As everybody sees them. */
  readonly bug: Bug;
  readonly cover: CoverCrash | null;
  /** Public base URL of the reports server. */
  readonly reportsUrl: string;
}

/** The text of a ticket for a tracker. */
export function ticketText(
  facts: TicketFacts,
  settings: TrackerSettings,
  stackLines = STACK_LINES,
): TicketText {
  const { bug } = facts;
  const signature = oneLine(bug.title, MAX_SIGNATURE);
  return {
    title:
      settings.kind === 'bugzilla'
        ? `Crash in [@ ${signature}]`
        : oneLine(bug.title, MAX_TITLE) || `Bug ${bug.id}`,
    body: bodyOf(facts, trackerClient(settings.kind)?.markup ?? 'plain', stackLines),
    signature,
  };
}

/** The address of the form for a new ticket, with as much of the stack as fits; null: the tracker has none. */
export function formAddress(facts: TicketFacts, settings: TrackerSettings): string | null {
  for (const lines of FORM_LINES) {
    const address = filledForm(
      settings,
      ticketText(facts, settings, lines),
      `${facts.reportsUrl}/bugs/${facts.bug.id}`,
    );
    if (address === null || address.length <= MAX_FORM_ADDRESS) return address;
  }
  return null;
}

function filledForm(settings: TrackerSettings, text: TicketText, url: string): string | null {
  if (settings.form === null) return trackerClient(settings.kind)?.form(settings, text) ?? null;
  const values: Readonly<Record<string, string>> = { ...text, url };
  const address = settings.form.replaceAll(/\{(title|body|signature|url)\}/g, (_, name: string) =>
    encodeURIComponent((values[name] ?? '').toWellFormed()),
  );
  return URL.canParse(address) ? address : null;
}

function bodyOf({ bug, cover, reportsUrl }: TicketFacts, markup: Markup, stackLines: number): string {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const { count, installations, firstVersion: first, lastVersion: last } = bug;
  const product = codeWords(oneLine(bug.product, 100), markup);
  const versions = [first, last]
    .filter((one) => one !== null)
    .map((one) => codeWords(oneLine(one, 100), markup));
  const lines = [
    `${count} ${count === 1 ? 'crash' : 'crashes'} of ${product}${versions.length === 0 ? '' : `, version ${[...new Set(versions)].join(' to ')}`}${
      installations === 0
        ? ''
        : `, on ${installations} ${installations === 1 ? 'installation' : 'installations'}`
    }, from ${day(bug.firstSeenAt)} to ${day(bug.lastSeenAt)}.`,
  ];
  const stack = cover === null ? bug.message : crashText(cover.crash);
  const shown = stackLines === 0 ? [] : stack.split('\n').slice(0, stackLines);
  if (shown.join('').trim() !== '') lines.push('', codeBlock(shown.join('\n'), markup));
  lines.push('', `${reportsUrl}/bugs/${bug.id}`);
  return lines.join('\n');
}

function oneLine(text: string, max: number): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, max)
    .toWellFormed();
}
