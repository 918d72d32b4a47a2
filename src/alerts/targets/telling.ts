// What a message says, the same for every chat: a headline, something to look at, lines, links. Words of strangers are marked as such by
// where they stand: titles, lines and labels of links are theirs, headlines and facts are ours.
import type { AlertNotice, BugNotice, BugPicture, Payload } from '../../store/notice-payload.ts';
import { HEADLINES, bugUrl, countWords, oneLine, versionWords } from '../notice-words.ts';

const MAX_TITLE = 255;
const MAX_MESSAGE = 300;
const MAX_NAME = 100;
/** Findings and bugs that a chat shows. */
const MAX_FINDINGS = 10;
const MAX_BUGS = 10;

export interface Link {
  readonly text: string;
  readonly url: string;
}

export interface Telling {
  /** `New bug`, `Alert`. */
  readonly headline: string;
  /** Name of the product; null: several. */
  readonly product: string | null;
  readonly title: Link;
  /** What the crashed program said. */
  readonly lines: readonly string[];
  /** In our words. */
  readonly facts: readonly string[];
  readonly links: readonly Link[];
  /** How serious it looks. */
  readonly mood: 'bad' | 'good' | 'plain';
  readonly at: number;
}

/** What a payload tells in a chat. `reportsUrl`: the address of the reports server. */
export function tellingOf(payload: Payload, reportsUrl: string): Telling {
  if (payload.notice === 'test') {
    const by = oneLine(payload.by, MAX_NAME);
    return {
      headline: 'Test',
      product: null,
      title: { text: 'Mayday can write here.', url: reportsUrl },
      lines: [`${by} asked for this test.`],
      facts: [],
      links: [],
      mood: 'plain',
      at: payload.at,
    };
  }
  return payload.notice === 'alert' ? alertTelling(payload, reportsUrl) : bugTelling(payload, reportsUrl);
}

function bugTelling(notice: BugNotice, reportsUrl: string): Telling {
  const { bug } = notice;
  const versions = versionWords(notice);
  return {
    headline: HEADLINES[notice.notice],
    product: oneLine(bug.product, MAX_NAME),
    title: { text: oneLine(bug.title, MAX_TITLE), url: bugUrl(reportsUrl, bug.id) },
    lines: linesOf(notice),
    facts: [countWords(notice), ...(versions === null ? [] : [`version ${oneLine(versions, MAX_NAME)}`])],
    links: [],
    mood: notice.comment === undefined ? 'bad' : 'plain',
    at: notice.at,
  };
}

/** What somebody wrote, or what the program said. */
function linesOf({ bug, comment }: BugNotice): readonly string[] {
  if (comment !== undefined)
    return [`${oneLine(comment.by, MAX_NAME)}: ${oneLine(comment.text, MAX_MESSAGE)}`];
  return bug.message === '' ? [] : [oneLine(bug.message, MAX_MESSAGE)];
}

function alertTelling(notice: AlertNotice, reportsUrl: string): Telling {
  const { rule, findings, more, bugs } = notice;
  const shown = findings.slice(-MAX_FINDINGS);
  const left = findings.length - shown.length + more;
  return {
    headline: alertHeadline(notice),
    product: rule.product === null ? null : oneLine(rule.product, MAX_NAME),
    title: { text: oneLine(rule.name, MAX_TITLE), url: `${reportsUrl}${notice.path}` },
    lines: [],
    facts: [
      ...(left === 0 ? [] : [`${left} earlier, and then:`]),
      ...shown.map(({ words }) => words),
      `Rule: ${rule.words}`,
    ],
    links: bugs.slice(0, MAX_BUGS).map((bug) => ({ text: bugWords(bug), url: bugUrl(reportsUrl, bug.id) })),
    mood: findings.at(-1)?.what === 'ended' ? 'good' : 'bad',
    at: notice.at,
  };
}

/** `Alert`, `Over`, `3 alerts`. */
export function alertHeadline({ findings, more }: AlertNotice): string {
  const fired = findings.filter(({ what }) => what === 'fired').length + more;
  if (fired > 1) return `${fired} alerts`;
  return fired === 1 ? 'Alert' : 'Over';
}

/** A bug in one line: its title, and how many crashes where that is known. */
export function bugWords({ title, crashes }: BugPicture & { readonly crashes: number | null }): string {
  const line = oneLine(title, MAX_TITLE);
  if (crashes === null) return line;
  return `${line} (${crashes} ${crashes === 1 ? 'crash' : 'crashes'})`;
}
