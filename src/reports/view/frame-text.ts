// A frame in words: its name, its place, its module; and whole stacks as plain text fit for a bug tracker.
import { guessedFrames } from '../../report/guessed-frames.ts';
import type { ProcessedCrash, ProcessedFrame } from '../../report/processed-report.ts';

/** What a frame is called: the function with its class, or where it lies in its module. */
export function frameName(frame: ProcessedFrame): string {
  if (frame.function !== null && frame.function !== '') {
    return frame.class === null || frame.class === '' ? frame.function : `${frame.class}.${frame.function}`;
  }
  if (frame.class !== null && frame.class !== '') return frame.class;
  if (frame.module !== null && frame.moduleOffset !== null) return `${frame.module} + ${frame.moduleOffset}`;
  return frame.address ?? frame.module ?? frame.file ?? 'unknown';
}

/** `file:line:column` as far as known; empty where nothing is. */
export function framePlace(frame: ProcessedFrame): string {
  if (frame.file === null || frame.file === '') return frame.line === null ? '' : `line ${frame.line}`;
  return [frame.file, frame.line, frame.column].filter((part) => part !== null).join(':');
}

/** Where the code belongs and how the frame was found, quietly. */
export function frameOrigin(frame: ProcessedFrame): string {
  const trust = ['given', 'none'].includes(frame.trust) ? null : frame.trust.replaceAll('_', ' ');
  // A frame without a name is called after its module already.
  const named = (frame.function ?? '') !== '' || (frame.class ?? '') !== '';
  return [named ? (frame.module ?? frame.package) : null, trust]
    .filter((part) => part !== null && part !== '')
    .join(' · ');
}

/** Frames of a text: more is in the processed JSON. */
const MAX_FRAMES = 200;
const MAX_LINE = 400;

function frameLines(frames: readonly ProcessedFrame[], omitted: number): string[] {
  const guesses = guessedFrames(frames);
  const lines = frames.slice(0, MAX_FRAMES).map((frame, at) => {
    const mark = guesses[at] === true ? '?' : frame.inApp === true ? '*' : ' ';
    const inline = frame.trust === 'inline' ? '  ' : '';
    const place = framePlace(frame);
    const origin = frameOrigin(frame);
    const parts = [frameName(frame), place, origin === '' ? '' : `[${origin}]`].filter((part) => part !== '');
    return oneLine(`${String(at).padStart(3)} ${mark} ${inline}${parts.join('  ')}`);
  });
  const left = frames.length - Math.min(frames.length, MAX_FRAMES) + omitted;
  return left > 0 ? [...lines, `    … ${left} more frames`] : lines;
}

/** No line of a stack breaks the layout of the text: control characters become spaces. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_LINE);
}

/** A crash as text: reason, message, causes and the crashing thread. `*` marks the application's frames, `?` those found by scanning. */
export function crashText(crash: ProcessedCrash): string {
  const head = [
    crash.signature,
    crash.reason ?? '',
    crash.address === null ? '' : `address ${crash.address}`,
  ];
  const lines = head.filter((line) => line !== '').map(oneLine);
  crash.exceptions.forEach((exception, at) => {
    lines.push('', oneLine(`${at === 0 ? '' : 'Led to: '}${exception.kind}: ${exception.message}`));
    lines.push(...frameLines(exception.frames, exception.omittedFrames));
  });
  for (const thread of crash.threads.filter(({ crashed }) => crashed)) {
    lines.push('', oneLine(`${thread.name}${thread.state === null ? '' : ` [${thread.state}]`} (crashed)`));
    lines.push(...frameLines(thread.frames, thread.omittedFrames));
  }
  return `${lines.join('\n')}\n`;
}
