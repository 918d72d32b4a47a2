// The words of a notice, the same in mails and webhooks: headline, facts, addresses.
import type { BugNotice } from '../store/notice-payload.ts';

/** What stands before the title. */
export const HEADLINES = {
  new: 'New bug',
  reopened: 'Reopened',
  recurring: 'Still crashing',
  spike: 'Spike',
  comment: 'Comment',
} as const;

/** Where people see the bug. */
export function bugUrl(reportsUrl: string, bugId: number): string {
  return `${reportsUrl}/bugs/${bugId}`;
}

/** One line without control characters: what ends up in a subject or a chat. */
export function oneLine(text: string, max: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1).toWellFormed()}…` : line;
}

/** `Spike: 40 today, 2.5 on a usual day`, or `17 times, 4 installations`. */
export function countWords({ bug, spike }: BugNotice): string {
  if (spike !== null) return `${spike.today} today, ${rounded(spike.usual)} on a usual day`;
  const times = bug.count === 1 ? 'once' : `${bug.count} times`;
  if (bug.installations === 0) return times;
  return `${times}, ${bug.installations} ${bug.installations === 1 ? 'installation' : 'installations'}`;
}

/** `1.2`, or `1.2 to 1.4`; null where no version is known. */
export function versionWords({ bug: { firstVersion, lastVersion } }: BugNotice): string | null {
  if (firstVersion === null || firstVersion === lastVersion) return lastVersion;
  return lastVersion === null ? firstVersion : `${firstVersion} to ${lastVersion}`;
}

/** One decimal is enough for a mean. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
