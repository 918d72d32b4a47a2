// One crash of a processed report: its causes with their stacks, or the crashing thread; then the other threads.
import { html } from 'hono/html';
import type { ProcessedCrash, ProcessedThread } from '../../../report/processed-report.ts';
import { excerpt } from '../../view/excerpt.ts';
import { frameName } from '../../view/frame-text.ts';
import type { Html } from '../page.ts';
import { pairList } from './pair-list.ts';
import { stack } from './stack.ts';
import type { StackOptions } from './stack.ts';
import { count } from './value-table.ts';

const MESSAGE_BUDGET = 1200;
/** Exceptions of a chain, and crashed threads, that a page shows. */
const MAX_CAUSES = 5;
/** Bytes that a folded stack of another thread may take, and below which threads are only named. */
const THREAD_BUDGET = 1500;
const LINE_COST = 220;

export interface CrashOptions extends Omit<StackOptions, 'moreLink' | 'from'> {
  readonly crashId: string;
  /** The position of the crash in its report. */
  readonly position: number;
  /** The page has said above what a crash of one cause says. */
  readonly said?: boolean;
}

/** The address of one stack of a report in full. */
export function stackLink(
  crashId: string,
  position: number,
  part: { readonly exception: number } | { readonly thread: number },
): string {
  const which = 'exception' in part ? `exception=${part.exception}` : `thread=${part.thread}`;
  return `/reports/${crashId}/stack?${position === 0 ? '' : `crash=${position}&`}${which}`;
}

/** Causes and the crashing thread: the cover stack of a bug. */
export function coverStack(crash: ProcessedCrash, options: CrashOptions): Html {
  const { crashId, position } = options;
  const crashed = hasStack(crash)
    ? []
    : crash.threads.flatMap((thread, at) => (thread.crashed ? [{ thread, at }] : []));
  if (crash.exceptions.length === 0 && crashed.length === 0) {
    return html`<p class="quiet">The report holds no stack that could be read.</p>`;
  }
  const causes = crash.exceptions.slice(0, MAX_CAUSES);
  const isSaid = options.said === true && crash.exceptions.length === 1;
  return html`${causes.map(
    (exception, at) =>
      html`<div class="cause">
        ${isSaid ? null : html`<h3>${at === 0 ? null : html`<span class="quiet">Led to</span> `}${excerpt(exception.kind, 200).text}</h3>`}
        ${exception.message === '' || isSaid ? null : html`<p class="value">${excerpt(exception.message, MESSAGE_BUDGET).text}</p>`}
        ${stack(exception.frames, exception.omittedFrames, { ...options, moreLink: stackLink(crashId, position, { exception: at }) })}
        ${options.seesProtected ? extra(exception.data, options.budget) : null}
      </div>`,
  )}
  ${crash.exceptions.length > causes.length ? html`<p class="quiet">and ${count(crash.exceptions.length - causes.length)} further exceptions in the processed JSON.</p>` : null}
  ${crashed.slice(0, MAX_CAUSES).map(
    ({ thread, at }) =>
      html`<div class="cause">
        <h3>${excerpt(thread.name, 200).text} <span class="quiet">${threadState(thread)}crashed</span></h3>
        ${stack(thread.frames, thread.omittedFrames, { ...options, moreLink: stackLink(crashId, position, { thread: at }) })}
      </div>`,
  )}`;
}

/** Whether the causes say where it crashed: the crashing thread then says the same again. */
function hasStack(crash: ProcessedCrash): boolean {
  return crash.exceptions.some(({ frames }) => frames.length > 0);
}

function threadState({ state }: ProcessedThread): string {
  return state === null ? '' : `${excerpt(state, 80).text}, `;
}

function extra(data: readonly (readonly [string, string])[], budget: { left: number }): Html | null {
  if (data.length === 0) return null;
  return html`<details class="protected">
    <summary>Data of the exception</summary>
    ${pairList(data, budget, 'the processed JSON')}
  </details>`;
}

/** The threads that did not crash: folded while there is room, then named, then counted. */
export function otherThreads(crash: ProcessedCrash, options: CrashOptions): Html | null {
  const others = crash.threads.flatMap((thread, at) => (thread.crashed ? [] : [{ thread, at }]));
  if (others.length === 0) return null;
  const rows: Html[] = [];
  for (const { thread, at } of others) {
    if (options.budget.left < LINE_COST) break;
    rows.push(threadRow(thread, at, options));
  }
  const left = others.length - rows.length;
  return html`<details class="threads">
    <summary>${count(others.length)} other ${others.length === 1 ? 'thread' : 'threads'}</summary>
    ${rows}
    ${left === 0 ? null : html`<p><a href="/reports/${options.crashId}/threads${options.position === 0 ? '' : `?crash=${options.position}`}">All ${count(crash.threads.length)} threads</a></p>`}
  </details>`;
}

function threadRow(thread: ProcessedThread, at: number, options: CrashOptions): Html {
  const link = stackLink(options.crashId, options.position, { thread: at });
  const [top] = thread.frames;
  const title = html`${excerpt(thread.name, 80).text} <span class="quiet">${threadState(thread)}${top === undefined ? 'no frames' : excerpt(frameName(top), 90).text}</span>`;
  options.budget.left -= LINE_COST;
  // A stack behind each thread while there is room for all: with many threads, only their names and links.
  if (options.budget.left < 2 * THREAD_BUDGET || thread.frames.length === 0) {
    return html`<p class="thread"><a href="${link}">${title}</a></p>`;
  }
  const budget = { left: THREAD_BUDGET };
  const body = stack(thread.frames, thread.omittedFrames, { ...options, budget, moreLink: link });
  options.budget.left -= THREAD_BUDGET - budget.left;
  return html`<details class="thread">
    <summary>${title}</summary>
    ${body}
  </details>`;
}
