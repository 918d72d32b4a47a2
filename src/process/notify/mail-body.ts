// One mail for everything that waits for a person: subject, text and HTML. Everything about a bug is text from outside.
import { bugUrl, countWords, HEADLINES, oneLine, versionWords } from '../../alerts/notice-words.ts';
import { alertHeadline, bugWords } from '../../alerts/targets/telling.ts';
import type { AlertNotice, BugNotice, Payload, TestNotice } from '../../store/notice-payload.ts';

/** Bugs that a mail describes; it counts the rest. */
const MAX_SHOWN = 50;
const MAX_SUBJECT = 150;
const MAX_TITLE = 255;

/** What a mail says. */
export interface MailBody {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The mail of one or more notices, oldest first; alerts stand before bugs. */
export function mailBody(payloads: readonly Payload[], reportsUrl: string): MailBody {
  const alerts = payloads.filter((payload): payload is AlertNotice & Payload => payload.notice === 'alert');
  const notices = payloads.filter(
    (payload): payload is BugNotice & Payload => payload.notice !== 'test' && payload.notice !== 'alert',
  );
  const test = payloads.find((payload): payload is TestNotice & Payload => payload.notice === 'test');
  if (notices.length + alerts.length === 0) return testBody(test?.by ?? '', reportsUrl);
  const shown = notices.slice(0, MAX_SHOWN);
  const more =
    notices.length > shown.length ? `And ${notices.length - shown.length} more: ${reportsUrl}/bugs` : null;
  const footers = [
    ...(alerts.length === 0
      ? []
      : [`An administrator chose whom alerts are told. The rules: ${reportsUrl}/alerts`]),
    ...(notices.length === 0
      ? []
      : [`You chose to be told of bugs. Change it: ${reportsUrl}/account#notifications`]),
  ];
  const alerted = alerts.slice(0, MAX_SHOWN);
  return {
    subject: oneLine(subjectOf(alerts, notices), MAX_SUBJECT),
    text: [
      ...alerted.map((alert) => alertText(alert, reportsUrl)),
      ...shown.map((notice) => textOf(notice, reportsUrl)),
      ...(more === null ? [] : [more]),
      `-- \n${footers.join('\n')}`,
    ].join('\n\n'),
    html: `<!doctype html><html lang="en"><body>${alerted.map((alert) => alertHtml(alert, reportsUrl)).join('')}${shown
      .map((notice) => htmlOf(notice, reportsUrl))
      .join('')}${more === null ? '' : `<p>${linked(more)}</p>`}<hr>${footers
      .map((footer) => `<p><small>${linked(footer)}</small></p>`)
      .join('')}</body></html>`,
  };
}

function subjectOf(alerts: readonly AlertNotice[], notices: readonly BugNotice[]): string {
  const [alert] = alerts;
  if (alert === undefined) return subject(notices);
  const more = alerts.length + notices.length - 1;
  const of = alert.rule.product === null ? '' : `[${alert.rule.product}] `;
  return `${of}${alertHeadline(alert)}: ${alert.rule.name}${more === 0 ? '' : `, and ${more} more`}`;
}

function alertText(alert: AlertNotice, reportsUrl: string): string {
  return [
    `${alertHeadline(alert)}: ${oneLine(alert.rule.name, MAX_TITLE)}`,
    ...(alert.more === 0 ? [] : [`  ${alert.more} earlier, and then:`]),
    ...alert.findings.map(({ words }) => `  ${words}`),
    `  Rule: ${alert.rule.words}`,
    `  ${reportsUrl}${alert.path}`,
    ...alert.bugs.map((bug) => `  - ${bugWords(bug)}\n    ${bugUrl(reportsUrl, bug.id)}`),
  ].join('\n');
}

function alertHtml(alert: AlertNotice, reportsUrl: string): string {
  const name = escapeHtml(oneLine(alert.rule.name, MAX_TITLE));
  const rows = [
    ...(alert.more === 0 ? [] : [`${alert.more} earlier, and then:`]),
    ...alert.findings.map(({ words }) => words),
    `Rule: ${alert.rule.words}`,
  ].map((line) => `<br>${escapeHtml(line)}`);
  const bugs = alert.bugs.map(
    (bug) => `<br>• <a href="${escapeHtml(bugUrl(reportsUrl, bug.id))}">${escapeHtml(bugWords(bug))}</a>`,
  );
  const href = escapeHtml(`${reportsUrl}${alert.path}`);
  return `<p>${alertHeadline(alert)}: <strong><a href="${href}">${name}</a></strong>${rows.join('')}${bugs.join('')}</p>`;
}

function testBody(by: string, reportsUrl: string): MailBody {
  const text = `Mail from Mayday arrives here. ${oneLine(by, 100)} asked for this test on ${reportsUrl}/account`;
  return {
    subject: 'Mayday: test mail',
    text,
    html: `<!doctype html><html lang="en"><body><p>${linked(text)}</p></body></html>`,
  };
}

function subject(notices: readonly BugNotice[]): string {
  const [first] = notices;
  const products = new Set(notices.map(({ bug }) => bug.product));
  const of = first !== undefined && products.size === 1 ? `[${first.bug.product}] ` : '';
  if (first !== undefined && notices.length === 1)
    return `${of}${HEADLINES[first.notice]}: ${first.bug.title}`;
  const counts = new Map<string, number>();
  for (const { notice } of notices) counts.set(notice, (counts.get(notice) ?? 0) + 1);
  const parts = [...counts].map(([notice, count]) => `${count} ${notice}`);
  return `${of}${parts.join(', ')}${products.size > 1 ? ` in ${products.size} products` : ''}`;
}

function textOf(notice: BugNotice, reportsUrl: string): string {
  return [
    `${HEADLINES[notice.notice]}: ${oneLine(notice.bug.title, MAX_TITLE)}`,
    ...facts(notice).map(([name, value]) => `  ${name}: ${value}`),
    `  ${bugUrl(reportsUrl, notice.bug.id)}`,
  ].join('\n');
}

function htmlOf(notice: BugNotice, reportsUrl: string): string {
  const title = escapeHtml(oneLine(notice.bug.title, MAX_TITLE));
  const href = escapeHtml(bugUrl(reportsUrl, notice.bug.id));
  const rows = facts(notice)
    .map(([name, value]) => `<br>${escapeHtml(name)}: ${escapeHtml(value)}`)
    .join('');
  return `<p>${HEADLINES[notice.notice]}: <strong><a href="${href}">${title}</a></strong>${rows}</p>`;
}

function facts(notice: BugNotice): readonly (readonly [string, string])[] {
  const { bug } = notice;
  const versions = versionWords(notice);
  return [
    ...(notice.comment === undefined
      ? []
      : ([[oneLine(notice.comment.by, 100), oneLine(notice.comment.text, 1000)]] as const)),
    ['Product', oneLine(bug.product, MAX_TITLE)],
    ...(versions === null ? [] : ([['Version', oneLine(versions, MAX_TITLE)]] as const)),
    ...(bug.message === '' ? [] : ([['Message', oneLine(bug.message, 500)]] as const)),
    ['Seen', countWords(notice)],
    ...(bug.severity === 'major' ? ([['Severity', 'major']] as const) : []),
    ...(bug.assignee === null ? [] : ([['Assigned to', oneLine(bug.assignee, 100)]] as const)),
  ];
}

/** Text for HTML, also inside quotes. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Our own sentence, with its address as a link. */
function linked(sentence: string): string {
  return escapeHtml(sentence).replace(/https?:\/\/\S+$/, (url) => `<a href="${url}">${url}</a>`);
}
