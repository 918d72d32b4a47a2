// Texts for trackers. Words of clients stand in code alone: there they call nobody, link to nothing and end nothing early.
import type { TrackerClient } from './tracker-client.ts';

export type Markup = TrackerClient['markup'];

/** Several lines as they are. */
export function codeBlock(text: string, markup: Markup): string {
  const lines = text.replaceAll(/[^\P{Cc}\n\t]/gu, ' ').replace(/\n+$/, '');
  if (markup === 'plain') return lines;
  // Jira's block ends at the next `{code}`, whatever stands around it.
  if (markup === 'jira') return `{code}\n${lines.replaceAll(/\{(?=code)/gi, '{ ')}\n{code}`;
  const fence = '`'.repeat(Math.max(3, longestRun(lines) + 1));
  return `${fence}\n${lines}\n${fence}`;
}

/** A few words as they are, in one line. */
export function codeWords(text: string, markup: Markup): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  if (markup === 'plain' || line === '') return line;
  if (markup === 'jira') return line.replaceAll(/[[\]{}*_~^|!@\\-]/g, (mark) => `\\${mark}`);
  const tick = '`'.repeat(longestRun(line) + 1);
  const room = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${tick}${room}${line}${room}${tick}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
