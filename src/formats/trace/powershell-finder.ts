// Errors of PowerShell as its hosts print them: Windows PowerShell's view (`At C:\a.ps1:3 char:5`), the concise view of PowerShell 7, and
// the script stack of an error record. Source: about_Error_Handling and the formats of ErrorRecord.
import { TraceBuilder } from './trace-builder.ts';
import type { FoundTrace, TraceLanguage, TraceText } from './trace-language.ts';
import { type TraceFrame, traceFrame, traceNumber } from './trace.ts';

const AT = /^At (\S.{0,500}?):(\d{1,9}) char:(\d{1,9})$/;
const CONCISE = /^(?:\x1b\[\d{1,3}m)?([\w-]{1,100}): (\S.{0,500}\.psm?1):(\d{1,9})$/;
const HEAD = /^([\w-]{1,100}) : (.{1,1000})$/;
const FRAME = /^\s{0,8}at ((?:<ScriptBlock>|[\w-]{1,100})(?:<\w{1,40}>)?), (\S.{0,500}?): line (\d{1,9})$/;
const CATEGORY = /^\s{1,8}\+ CategoryInfo\s*: .{0,300}\) \[[^\]]{0,200}\], (?:[\w.]{0,200}\.)?(\w{1,100})$/;
const INSIDE = /^\s{0,8}\+ |^Line \|\s*$|^\s{0,8}\d{0,6}\s{0,4}\| /;
const SAID = /^\s{0,8}\| (?![~\s])(.{1,1000})$/;
const MAX_LINES = 40;
const MAX_BACK = 12;

/** PowerShell; its errors are .NET's exceptions. */
export const powershellLanguage: TraceLanguage = {
  format: 'dotnet',
  recognises: (line) =>
    (line.startsWith('At ') && AT.test(line)) ||
    (line.includes('.ps') && (CONCISE.test(line) || FRAME.test(line))),
  find: (text, at, from) => {
    const line = text.lines[at] ?? '';
    return AT.test(line)
      ? findClassic(text, at, from)
      : CONCISE.test(line)
        ? findConcise(text, at)
        : findStack(text, at, from);
  },
};

function findClassic({ lines, begins }: TraceText, at: number, from: number): FoundTrace {
  let first = at;
  for (
    let index = at - 1;
    index >= from && index >= at - MAX_BACK && (lines[index] ?? '').trim() !== '';
    index -= 1
  ) {
    first = index;
    if (HEAD.test(lines[index] ?? '') || begins(index)) break;
  }
  const head = HEAD.exec(lines[first] ?? '');
  const said = lines
    .slice(first, at)
    .join(' ')
    .replace(/^[\w-]{1,100} : /, '');
  const [, file = '', line] = AT.exec(lines[at] ?? '') ?? [];
  let [kind, last] = ['', at + 1];
  for (
    let index = at + 1;
    index < lines.length && index < at + MAX_LINES && INSIDE.test(lines[index] ?? '');
    index += 1
  ) {
    kind = CATEGORY.exec(lines[index] ?? '')?.[1] ?? kind;
    last = index + 1;
  }
  const frame = scriptFrame(lines[at] ?? '', head?.[1] ?? null, file, line);
  return found(kind || 'Error', said, [frame], { first, last });
}

function findConcise({ lines, begins }: TraceText, at: number): FoundTrace {
  const [, kind = '', file = '', line] = CONCISE.exec(lines[at] ?? '') ?? [];
  let [said, last] = ['', at + 1];
  for (let index = at + 1; index < lines.length && index < at + MAX_LINES && !begins(index); index += 1) {
    const text = lines[index] ?? '';
    if (!INSIDE.test(text)) break;
    const words = SAID.exec(text)?.[1];
    if (words !== undefined) said = said === '' ? words : `${said} ${words}`;
    last = index + 1;
  }
  // What comes before the colon is the exception, or the command that failed.
  const isKind = /(?:Exception|Error)$/.test(kind);
  const frame = scriptFrame(lines[at] ?? '', isKind ? null : kind, file, line);
  return found(isKind ? kind : 'Error', said, [frame], { first: at, last });
}

function findStack({ lines, begins }: TraceText, at: number, from: number): FoundTrace | number {
  const frames: TraceFrame[] = [];
  let last = at;
  while (last < lines.length && last < at + 500) {
    const frame = FRAME.exec(lines[last] ?? '');
    if (frame === null) break;
    frames.push(scriptFrame(lines[last] ?? '', frame[1] ?? null, frame[2] ?? '', frame[3]));
    last += 1;
  }
  const hasHead = at > from && !begins(at) && (lines[at - 1] ?? '').trim() !== '';
  const head = hasHead ? (lines[at - 1] ?? '').trim() : '';
  const thrown = /^(?:[\w.]{0,200}\.)?(\w{1,100}(?:Exception|Error)): (.*)$/.exec(head);
  if (frames.length < 2 && thrown === null) return last;
  return found(thrown?.[1] ?? 'Error', thrown?.[2] ?? head, frames, { first: hasHead ? at - 1 : at, last });
}

function scriptFrame(raw: string, called: string | null, file: string, line: string | undefined): TraceFrame {
  const name = called === null || called.startsWith('<') ? null : called.replace(/<.*$/, '');
  return traceFrame(raw, { function: name, file, line: traceNumber(line) });
}

function found(
  kind: string,
  message: string,
  frames: readonly TraceFrame[],
  { first, last }: Pick<FoundTrace, 'first' | 'last'>,
): FoundTrace {
  const builder = new TraceBuilder([]);
  const exception = builder.exception(kind, message.trim());
  for (const frame of frames) builder.frame(exception.frames, frame);
  return {
    trace: builder.trace('dotnet', [exception], { dialect: 'powershell' }),
    first,
    last,
    fate: 'logged',
    understood: last - first,
  };
}
