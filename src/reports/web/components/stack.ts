// A stack: function first and largest, then its place, module and trust quiet at the right. The application's frames stand
// out; runs of library frames are folded, and so are frames found by scanning where others are known; inlines are indented; source and locals
// open below their frame.
import { html } from 'hono/html';
import { guessedFrames } from '../../../report/guessed-frames.ts';
import type { FrameLinker } from '../../../report/source/source-address.ts';
import type { ProcessedFrame } from '../../../report/processed-report.ts';
import { excerpt } from '../../view/excerpt.ts';
import { frameName, frameOrigin, framePlace } from '../../view/frame-text.ts';
import { sourceLines } from '../../view/source-lines.ts';
import type { SourceLine } from '../../view/source-lines.ts';
import type { Html } from '../page.ts';
import { bugsLink } from '../../query/bug-query.ts';
import { count } from './value-table.ts';

/** A run of library frames longer than this is folded. */
const FOLD_ABOVE = 3;
const NAME_BUDGET = 300;
const PLACE_BUDGET = 200;
const ORIGIN_BUDGET = 100;
/** What the markup of a frame costs beside its texts, in bytes. */
const FRAME_COST = 170;
const SOURCE_LINE_BUDGET = 240;
const LOCAL_BUDGET = 400;
const MAX_LOCALS = 40;

export interface StackOptions {
  readonly seesProtected: boolean;
  /** Bytes of HTML that may still be written; shared by the stacks of a page. */
  readonly budget: { left: number };
  /** Frames lead to the bugs that name them. */
  readonly product: { readonly account: string; readonly product: string };
  /** The addresses of the frames' lines; null: none are known. */
  readonly source: FrameLinker | null;
  /** Where the frames are that did not fit. */
  readonly moreLink: string | null;
  /** The number of the first frame, where a page shows a later part. */
  readonly from?: number;
}

interface Numbered {
  readonly frame: ProcessedFrame;
  readonly at: number;
  /** Found by scanning, or inlined into such a frame. */
  readonly isGuess: boolean;
}

/** The frames of one stack, innermost first. */
export function stack(frames: readonly ProcessedFrame[], omitted: number, options: StackOptions): Html {
  if (frames.length === 0) return html`<p class="quiet">No frames are known.</p>`;
  const shown: Numbered[] = [];
  const guesses = guessedFrames(frames);
  for (const [at, whole] of frames.entries()) {
    const fits = frameCost(whole, options) <= options.budget.left;
    if (!fits && at > 0) break;
    // The innermost frame is always there, if need be without what belongs to it.
    const frame = fits ? whole : { ...whole, source: null, locals: null };
    options.budget.left -= frameCost(frame, options);
    shown.push({ frame, at: at + (options.from ?? 0), isGuess: guesses[at] === true });
  }
  const left = frames.length - shown.length;
  const first = shown.findIndex(({ frame }) => frame.inApp === true);
  // A stack of nothing but guesses behind its first frame is all that there is to see.
  const foldsGuesses = shown.some(({ isGuess, frame }, at) => at > 0 && !isGuess && frame.trust !== 'inline');
  const items = runsOf(shown, { foldsLibraries: first !== -1, foldsGuesses }).map((run) => {
    const rows = run.map((one) => row(one, options, one.at === shown[first]?.at));
    const isFolded = run.length > FOLD_ABOVE || (foldsGuesses && run[0]?.isGuess === true);
    return isFolded ? folded(run, rows) : html`${rows}`;
  });
  return html`<ol class="frames" start="${options.from ?? 0}">
      ${items}
    </ol>
    ${
      left === 0
        ? null
        : options.moreLink === null
          ? html`<p class="quiet">${count(left)} further frames.</p>`
          : html`<p><a href="${options.moreLink}">Show all ${count(frames.length)} frames</a>${outermost(frames, guesses)}</p>`
    }
    ${omitted === 0 ? null : html`<p class="quiet">${count(omitted)} frames in the middle were not kept.</p>`}`;
}

/** Where a stack begins that is too long to be shown whole. */
function outermost(frames: readonly ProcessedFrame[], guesses: readonly boolean[]): Html | null {
  const begins = frames.findLast(
    ({ function: name }, at) => name !== null && name !== '' && guesses[at] !== true,
  );
  return begins === undefined
    ? null
    : html` <span class="quiet">down to <code>${excerpt(frameName(begins), ORIGIN_BUDGET).text}</code></span>`;
}

/** Runs of library frames together, and of guesses, everything else alone. The innermost frame is always seen. */
function runsOf(
  frames: readonly Numbered[],
  { foldsLibraries, foldsGuesses }: { readonly foldsLibraries: boolean; readonly foldsGuesses: boolean },
): readonly (readonly Numbered[])[] {
  const kind = ({ frame, isGuess }: Numbered): string | null =>
    foldsGuesses && isGuess ? 'guess' : foldsLibraries && frame.inApp === false ? 'library' : null;
  const runs: Numbered[][] = [];
  for (const one of frames) {
    const last = runs.at(-1);
    const before = last?.[0];
    const joins =
      before !== undefined &&
      kind(one) !== null &&
      kind(one) === kind(before) &&
      !(last?.length === 1 && before.at === 0);
    if (joins) last?.push(one);
    else runs.push([one]);
  }
  return runs;
}

function frameCost(frame: ProcessedFrame, { seesProtected, source: link }: StackOptions): number {
  const source = (frame.source ?? []).reduce(
    (sum, line) => sum + Math.min(line.length, SOURCE_LINE_BUDGET) + 8,
    0,
  );
  const locals = seesProtected
    ? (frame.locals ?? [])
        .slice(0, MAX_LOCALS)
        .reduce((sum, [name, value]) => sum + Math.min(name.length + value.length, LOCAL_BUDGET) + 60, 0)
    : 0;
  const texts =
    excerpt(frameName(frame), NAME_BUDGET).cost * 2 +
    excerpt(framePlace(frame), PLACE_BUDGET).cost +
    excerpt(frameOrigin(frame), ORIGIN_BUDGET).cost +
    excerpt(frame.minified ?? frame.unmapped ?? '', ORIGIN_BUDGET).cost;
  const address = link?.(frame)?.length ?? 0;
  return FRAME_COST + texts + source + locals + (address === 0 ? 0 : address + 40);
}

function folded(run: readonly Numbered[], rows: readonly Html[]): Html {
  const modules = [...new Set(run.map(({ frame }) => frame.module ?? frame.package ?? ''))].filter(
    (name) => name !== '',
  );
  const [start, end] = [run[0]?.at ?? 0, run.at(-1)?.at ?? 0];
  return html`<li class="fold" value="${start}">
    <details>
      <summary class="quiet">
        ${start === end ? `Frame ${start}` : `Frames ${start} to ${end}`}, ${run[0]?.isGuess === true ? 'found by scanning the stack: a guess' : 'library code'}${modules.length === 0 ? null : `: ${excerpt(modules.slice(0, 3).join(', '), 90).text}`}
      </summary>
      <ol class="frames" start="${start}">
        ${rows}
      </ol>
    </details>
  </li>`;
}

function row({ frame, at, isGuess }: Numbered, options: StackOptions, open: boolean): Html {
  const name = frameName(frame);
  const place = framePlace(frame);
  const origin = frameOrigin(frame);
  const classes = [
    frame.inApp === true ? 'app' : frame.inApp === false ? 'lib' : '',
    frame.trust === 'inline' ? 'inline-call' : '',
    isGuess ? 'guess' : '',
  ].filter((one) => one !== '');
  return html`<li value="${at}" ${classes.length === 0 ? null : html` class="${classes.join(' ')}"`}><div class="frame"><span class="fn">${nameLink(frame, name, options)}</span>${
    place === '' ? null : html` <span class="place">${placeLink(frame, place, options)}</span>`
  }${origin === '' ? null : html` <span class="origin">${excerpt(origin, ORIGIN_BUDGET).text}</span>`}${mapping(frame)}</div>${source(frame, open)}${
    options.seesProtected ? locals(frame) : null
  }</li>`;
}

/** The place, which leads to its line at the commit of the release. */
function placeLink(frame: ProcessedFrame, place: string, { source: link }: StackOptions): Html {
  const text = excerpt(place, PLACE_BUDGET).text;
  const address = link?.(frame) ?? null;
  return address === null ? html`${text}` : html`<a href="${address}" rel="noreferrer">${text}</a>`;
}

/** Where a mapped frame stood in what runs, or why it was not mapped. */
function mapping({ minified, unmapped }: ProcessedFrame): Html | null {
  if (minified !== undefined)
    return html` <span class="origin">from ${excerpt(minified, ORIGIN_BUDGET).text}</span>`;
  return unmapped === undefined ? null : html` <span class="origin">${unmapped}</span>`;
}

function nameLink(frame: ProcessedFrame, name: string, { product }: StackOptions): Html {
  const text = excerpt(name, NAME_BUDGET).text;
  // What has no name of its own, and what is too long to be searched for, leads nowhere.
  const word = frame.function ?? '';
  if (word === '' || word.length > 120) return html`${text}`;
  return html`<a href="${bugsLink({ product: product.product, state: 'all', text: word })}">${text}</a>`;
}

function source(frame: ProcessedFrame, open: boolean): Html | null {
  const lines = sourceLines(frame);
  if (lines.length === 0) return null;
  const last = lines.at(-1)?.number ?? null;
  const width = last === null ? 0 : String(last).length;
  const text = ({ number, text: line }: SourceLine) =>
    `${number === null ? '' : `${String(number).padStart(width)}  `}${excerpt(line, SOURCE_LINE_BUDGET).text}`;
  return html`<details ${open ? html` open` : null}>
    <summary class="quiet">Source</summary>
    <pre class="source" tabindex="0" aria-label="Source">${lines.map((line) =>
      line.own
        ? html`<mark>${marked(text(line), columnIn(frame, line.text, width))}</mark>\n`
        : html`${text(line)}\n`,
    )}</pre>
  </details>`;
}

/** Where the frame's column is in the text of its line; -1: not known, or beyond what is shown. */
function columnIn({ column, minified }: ProcessedFrame, line: string, width: number): number {
  if (column === null || minified === undefined || column > Math.min(line.length, SOURCE_LINE_BUDGET))
    return -1;
  return column - 1 + (width === 0 ? 0 : width + 2);
}

function marked(text: string, at: number): Html {
  return at < 0
    ? html`${text}`
    : html`${text.slice(0, at)}<b>${text.slice(at, at + 1)}</b>${text.slice(at + 1)}`;
}

function locals(frame: ProcessedFrame): Html | null {
  const pairs = frame.locals;
  if (pairs === null || pairs.length === 0) return null;
  const shown = pairs.slice(0, MAX_LOCALS);
  return html`<details class="protected">
    <summary>Local variables</summary>
    <dl class="facts">
      ${shown.map(([name, value]) => html`<div><dt>${excerpt(name, 80).text}</dt><dd><code>${excerpt(value, LOCAL_BUDGET).text}</code></dd></div>`)}
    </dl>
    ${pairs.length > shown.length ? html`<p class="quiet">and ${count(pairs.length - shown.length)} more in the processed JSON.</p>` : null}
  </details>`;
}
