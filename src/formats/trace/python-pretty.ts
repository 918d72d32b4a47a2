// Python tracebacks as rich draws them in a box, and as IPython and Jupyter print them.
import { TraceBuilder, type OpenException } from './trace-builder.ts';
import type { FoundTrace, TraceLanguage, TraceText } from './trace-language.ts';
import { type TraceFrame, traceFrame, traceNumber } from './trace.ts';

const BOX = /^\s*(?:[╭┌]─|\+-).{0,200}Traceback \(most recent call last\)/;
const BOX_END = /^\s*(?:[╰└]─|\+-{4,})/;
const BOX_FRAME = /^(?:(.{0,1000}):(\d{1,9})) in (\S.{0,300}?)\s*$/;
const IPYTHON = /^([A-Za-z_][\w.]{0,200})\s{2,}Traceback \(most recent call last\)\s*$/;
const IPYTHON_FRAME =
  /^(?:File )?(\S.{0,1000}?):(\d{1,9})(?:, in |:? in )([\w<>.]{1,200})|^(?:Cell In\[\d+\], line (\d{1,9})|File (\S.{0,1000}?):(\d{1,9})), in ([\w<>.]{1,200})|^(<ipython-input-\S{1,200}|~?\/\S{1,1000}) in ([\w<>.]{1,200})/;
const ARROW = /^-{2,}> {0,4}(\d{1,9}) /;
const KIND = /^([A-Za-z_][\w.]{0,200})(?::\s?(.*))?$/;
const JOINS =
  /^(The above exception was the direct cause of the following exception:|During handling of the above exception, another exception occurred:)$/;
const INSTALLED =
  /[\\/](?:site-packages|dist-packages)[\\/]|[\\/]lib(?:64)?[\\/]python\d|[\\/]Lib[\\/](?!site-packages)/;

/** Drawn and annotated tracebacks. */
export const prettyPythonLanguage: TraceLanguage = {
  format: 'python',
  recognises: (line) =>
    line.includes('Traceback (most recent call last)') && (BOX.test(line) || IPYTHON.test(line)),
  find: (text, at) => (BOX.test(text.lines[at] ?? '') ? findBox(text, at) : findIPython(text, at)),
};

function findBox({ lines, begins }: TraceText, at: number): FoundTrace | null {
  const builder = new TraceBuilder([]);
  const chain: OpenException[] = [];
  let index = at;
  let last = at;
  while (index < lines.length && BOX.test(lines[index] ?? '')) {
    const frames: TraceFrame[] = [];
    let carried = '';
    for (index += 1; index < lines.length && !begins(index); index += 1) {
      const line = lines[index] ?? '';
      if (BOX_END.test(line)) break;
      const text = line.replace(/^\s{0,80}[│|]\s?/, '').replace(/\s*[│|]\s*$/, '');
      const frame = BOX_FRAME.exec(`${carried}${text.trim()}`);
      // A path that is longer than the box goes on in the next line.
      carried =
        frame === null && /^(?:[\\/]|[A-Za-z]:\\|\S+[\\/])\S*$/.test(text.trim()) && carried === ''
          ? text.trim()
          : '';
      if (frame !== null && !/^[│❱\d\s]/.test(text.trim()))
        builder.frame(frames, pythonFrame(text, frame[1] ?? '', frame[2], frame[3] ?? ''));
    }
    const head = KIND.exec((lines[index + 1] ?? '').trim());
    if (frames.length === 0) return null;
    const exception = builder.exception(head?.[1] ?? '', head?.[2] ?? '', 'context');
    for (const frame of frames.toReversed()) exception.frames.push(frame);
    chain.push(exception);
    index += 2;
    last = Math.min(index, lines.length);
    while (index < lines.length && (lines[index] ?? '').trim() === '' && index < last + 3) index += 1;
    const joined = JOINS.exec((lines[index] ?? '').trim());
    if (joined === null) break;
    exception.link = joined[1]?.startsWith('The above') === true ? 'cause' : 'context';
    index += 1;
    while (index < lines.length && (lines[index] ?? '').trim() === '' && index < last + 6) index += 1;
  }
  const thrown = chain.at(-1);
  if (thrown === undefined) return null;
  thrown.link = 'thrown';
  return {
    trace: builder.trace('python', chain, { dialect: 'rich' }),
    first: at,
    last,
    fate: 'logged',
    understood: last - at,
  };
}

/** IPython: the kind first, frames with numbered source lines, and kind and message again. */
function findIPython({ lines, begins }: TraceText, at: number): FoundTrace | null {
  const builder = new TraceBuilder([]);
  const kind = IPYTHON.exec(lines[at] ?? '')?.[1] ?? '';
  const exception = builder.exception(kind, '');
  const frames: TraceFrame[] = [];
  let last = at + 1;
  for (let index = at + 1; index < Math.min(lines.length, at + 2000) && !begins(index); index += 1) {
    const line = lines[index] ?? '';
    const frame = IPYTHON_FRAME.exec(line);
    const arrow = ARROW.exec(line);
    const top = frames.at(-1);
    if (frame !== null) {
      const file = frame[1] ?? frame[5] ?? frame[8] ?? '<cell>';
      builder.frame(
        frames,
        pythonFrame(line, file, frame[2] ?? frame[4] ?? frame[6], frame[3] ?? frame[7] ?? frame[9] ?? ''),
      );
    } else if (arrow !== null && top !== undefined && top.line === null)
      frames[frames.length - 1] = { ...top, line: traceNumber(arrow[1]) };
    else if (line.startsWith(kind) && frames.length > 0) {
      exception.message = KIND.exec(line)?.[2] ?? '';
      last = index + 1;
      break;
    }
    if (line.trim() !== '') last = index + 1;
  }
  if (frames.length === 0) return null;
  for (const frame of frames.toReversed()) exception.frames.push(frame);
  return {
    trace: builder.trace('python', [exception], { dialect: 'ipython' }),
    first: at,
    last,
    fate: 'logged',
    understood: last - at,
  };
}

function pythonFrame(raw: string, file: string, line: string | undefined, name: string): TraceFrame {
  const called = name.replace(/\(.*$/, '');
  const dot = called.lastIndexOf('.');
  return traceFrame(raw, {
    function: called.slice(dot + 1),
    class: dot > 0 ? called.slice(0, dot) : null,
    file,
    line: traceNumber(line),
    inApp: !INSTALLED.test(file),
  });
}
