// The top of a report's page: what crashed, where, under which bug; then who, which version, when, in words; and what the person said.
import { html } from 'hono/html';
import type { ProcessedCrash, ProcessedFrame, ProcessedReport } from '../../../report/processed-report.ts';
import type { Bug } from '../../../store/bugs.ts';
import { installationText } from '../../gate/seen-report.ts';
import type { SeenReport } from '../../gate/seen-report.ts';
import { reportsLink } from '../../query/report-query.ts';
import { commentOf } from '../../view/comment-of.ts';
import { excerpt } from '../../view/excerpt.ts';
import { framePlace } from '../../view/frame-text.ts';
import type { NativeDump } from '../../view/native-dump.ts';
import { durationText } from '../../view/typed-value.ts';
import type { Html } from '../page.ts';
import { bugTitle } from './bug-links.ts';
import { crashSentence } from './native-crash.ts';
import type { NativeOptions } from './native-crash.ts';
import { filterLink } from './report-links.ts';
import { count, exactTime, time } from './value-table.ts';

const MESSAGE_BUDGET = 1500;
const COMMENT_BUDGET = 4000;
const PLACE_BUDGET = 160;

export interface HeadlineOptions {
  readonly report: SeenReport;
  /** Null: the report is not processed. */
  readonly processed: ProcessedReport | null;
  /** The bug of its first crash; null where it is gone or not known. */
  readonly bug: Bug | null;
  readonly native: { readonly native: NativeDump; readonly nativeOptions: NativeOptions } | null;
  readonly now: number;
}

/** What the page is called: its crash, and before it is processed what it is of. */
export function headlineText({ report, processed }: Pick<HeadlineOptions, 'report' | 'processed'>): string {
  const [crash] = processed?.crashes ?? [];
  const version = report.version === null ? '' : ` ${excerpt(report.version, 100).text}`;
  return crash === undefined || crash.signature === ''
    ? `Report of ${excerpt(report.product, 200).text}${version}`
    : bugTitle(crash.signature);
}

/** The heading: the crash and the place in the source where it happened. */
export function headline(options: HeadlineOptions): Html {
  const [crash] = options.processed?.crashes ?? [];
  const place = crash === undefined ? '' : placeOf(crash);
  return html`<h1 class="${crash === undefined ? '' : 'signature'}">
    ${headlineText(options)}
    ${place === '' ? null : html`<span class="quiet">${excerpt(place, PLACE_BUDGET).text}</span>`}
  </h1>`;
}

/** Below the heading: what happened in a sentence, the facts, the comment. */
export function headlineFacts(options: HeadlineOptions): Html {
  const { report, processed, native, now } = options;
  const [crash] = processed?.crashes ?? [];
  return html`${crash === undefined ? null : what(crash, native)} ${summary(options)}
  ${comment(report, now)}`;
}

/** The line of the frame that names the crash, else of the application's first. */
function placeOf(crash: ProcessedCrash): string {
  const frames =
    crash.exceptions.find((one) => one.frames.length > 0)?.frames ??
    crash.threads.find((one) => one.crashed)?.frames ??
    [];
  const hasPlace = ({ file }: ProcessedFrame): boolean => file !== null && file !== '';
  const isNamed = ({ function: name }: ProcessedFrame): boolean =>
    name !== null && name !== '' && crash.signature.includes(name);
  const found =
    frames.find((frame) => hasPlace(frame) && isNamed(frame)) ??
    frames.find((frame) => hasPlace(frame) && frame.inApp === true);
  return found === undefined ? '' : framePlace({ ...found, column: null });
}

function what(crash: ProcessedCrash, native: HeadlineOptions['native']): Html {
  if (crash.kind === 'native' && native !== null) return crashSentence(native.native, native.nativeOptions);
  const [root] = crash.exceptions;
  // What the exception says; a kind that the title names need not be said again.
  const message = root?.message ?? crash.message;
  return message === ''
    ? html``
    : html`<p class="message value">${excerpt(message, MESSAGE_BUDGET).text}</p>`;
}

/** Names and what is known of them: the rows of the summary that have something to say. */
function summary({ report, processed, bug, now }: HeadlineOptions): Html {
  const rows: readonly (readonly [name: string, words: Html | null, more: Html | null])[] = [
    [
      'Bug',
      bug === null ? null : html`<a href="/bugs/${bug.id}">#${bug.id}</a> ${bug.state}`,
      bug === null
        ? null
        : html`${count(bug.count)} ${bug.count === 1 ? 'crash' : 'crashes'}, the first ${time(bug.firstSeenAt, now)}`,
    ],
    [
      'Version',
      html`${filterLink({ account: report.account, product: report.product }, report.product)}
      ${report.version === null ? null : filterLink({ product: report.product, version: report.version }, report.version)}`,
      joined([
        processed?.buildId == null ? null : `build ${excerpt(processed.buildId, 60).text}`,
        processed?.processType == null ? null : `${excerpt(processed.processType, 60).text} process`,
      ]),
    ],
    [
      'System',
      system(report, processed),
      joined([processed?.cpu == null ? null : excerpt(processed.cpu, 60).text]),
    ],
    ['When', html`came ${time(report.receivedAt, now)}`, crashedWords(report)],
    [
      'Ran for',
      processed?.uptimeSeconds == null ? null : html`${durationText(processed.uptimeSeconds)}`,
      html`before it crashed`,
    ],
    ['Who', ...who(report)],
  ];
  return html`<dl class="summary">
    ${rows
      .filter(([, words]) => words !== null)
      .map(
        ([name, words, more]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${words}</dd>
            ${more === null ? null : html`<dd class="quiet">${more}</dd>`}
          </div> `,
      )}
  </dl>`;
}

function joined(parts: readonly (string | null)[]): Html | null {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : html`${known.join(', ')}`;
}

/** The system with its version, which tells builds of one platform apart. */
function system(report: SeenReport, processed: ProcessedReport | null): Html | null {
  const platform = report.jami?.platform ?? report.platform ?? processed?.platform ?? null;
  const exact = [processed?.os, processed?.osVersion].filter((part) => part != null && part !== '').join(' ');
  if (platform === null || platform === '') return exact === '' ? null : html`${excerpt(exact, 120).text}`;
  // The version stands alone where the platform is the system's name.
  const rest = exact.toLowerCase().startsWith(platform.toLowerCase())
    ? exact.slice(platform.length).trim()
    : platform.toLowerCase().includes(exact.toLowerCase())
      ? ''
      : exact;
  // The list finds by what was sent; what the dump alone says leads nowhere.
  const isSent = platform === report.platform;
  return html`${isSent ? filterLink({ product: report.product, platform }, platform) : excerpt(platform, 120).text} ${excerpt(rest, 120).text}`;
}

/** Names by which reporters send the second of the crash. */
const CRASH_TIMES: ReadonlySet<string> = new Set(['CrashTime', 'crash_time']);
const YEAR_SECONDS = 366 * 86_400;

/** When it crashed, where the client said so and it can be true. */
function crashedWords({ annotations, receivedAt }: SeenReport): Html | null {
  const sent = annotations.find(({ key }) => CRASH_TIMES.has(key))?.value ?? '';
  const seconds = /^\d{9,10}(?:\.\d+)?$/.test(sent) ? receivedAt / 1000 - Number(sent) : Number.NaN;
  if (!(seconds >= 1 && seconds < YEAR_SECONDS)) return html`${exactTime(receivedAt)}`;
  return html`sent ${durationText(Math.round(seconds))} after the crash`;
}

function who(report: SeenReport): readonly [words: Html | null, more: Html | null] {
  if (report.installation === null) return [null, null];
  const text = installationText(report.installation);
  const href = reportsLink({ product: report.product, installation: text });
  return [
    html`installation <code>${excerpt(text.slice(0, 24), 80).text}${text.length > 24 ? '…' : null}</code>`,
    html`<a href="${href}">all reports of this installation</a>`,
  ];
}

/** A person's own words are never folded. */
function comment(report: SeenReport, now: number): Html | null {
  const found = commentOf(report.annotations);
  if (found === null) return null;
  const { text, complete } = excerpt(found.value.trim(), COMMENT_BUDGET);
  return html`<blockquote class="comment-of-person">
    <p class="value">${text}${complete ? null : '…'}</p>
    <p class="quiet">
      The person who sent it, ${time(report.receivedAt, now)}.
      ${found.protected ? html`<span class="guarded">Protected</span>` : null}
    </p>
  </blockquote>`;
}
