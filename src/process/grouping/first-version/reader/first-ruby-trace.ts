// Ruby backtraces: the interpreter's, irb's and Rails' forms, old and new quoting.
// As version 1 read them: see first-reading.ts.
import { TraceBuilder, type OpenException } from '../../../../formats/trace/trace-builder.ts';
import { traceLines } from '../../../../formats/trace/trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from '../../../../formats/trace/trace.ts';

const PLACE =
  /^\s*(?:(\d{1,6}): )?(?:from )?((?:[A-Za-z]:)?[^:]+):(\d{1,9})(?::in [`']([^']*)')?(?:: (.*))?$/;
const KIND_AT_END = /^(.*?) ?\(([A-Z][\w:]*)\)$/;
const HEADER = /^([A-Z]\w*(?:::\w+)*)(?: \((.*)\):?|: (.*)|:?)$/;
const INSTALLED = /[\\/]gems[\\/]|[\\/]lib[\\/]ruby[\\/]|^<internal:/;

/** True for a line that only a Ruby backtrace has. */
export function isRubyLine(line: string): boolean {
  return /:\d{1,9}:in [`'][^']*'/.test(line);
}

/**
 * Reads the first backtrace and its causes. Ruby prints what ended the program first and its causes after it; here
 * the root cause comes first. `Traceback (most recent call last):` turns the frames around, as Ruby 2.5 to 2.7 do.
 */
export function firstRubyTrace(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const chain: OpenException[] = [];
  const before: TraceFrame[] = [];
  let current: OpenException | null = null;
  let reversed = false;
  let message: OpenException | null = null;
  for (const line of lines) {
    if (line.startsWith('Traceback (most recent call last):')) {
      reversed = true;
      continue;
    }
    const place = rubyPlace(line);
    if (place !== null) {
      const thrown = place.text !== '' && !/^\s*from /.test(line) ? thrownBy(place.text) : null;
      if (thrown !== null && !builder.full) {
        current = builder.exception(thrown.kind, thrown.message, 'cause');
        message = thrown.kind === '' ? current : null;
        chain.push(current);
        builder.frame(current.frames, place.frame);
        for (const frame of before.toReversed()) current.frames.push(frame);
        before.length = 0;
      } else if (reversed && current === null) {
        builder.frame(before, place.frame);
      } else {
        message = null;
        current ??= push(chain, builder.exception('', ''));
        builder.frame(current.frames, place.frame);
      }
      continue;
    }
    if (message !== null) {
      // A message of several lines carries the class at the end of its first or its last line.
      const end = KIND_AT_END.exec(line);
      builder.appendMessage(message, end?.[1] ?? line);
      if (end !== null) {
        message.kind = end[2] ?? '';
        message = null;
      }
      continue;
    }
    const header = current === null ? HEADER.exec(line.trim()) : null;
    if (header !== null)
      current = push(chain, builder.exception(header[1] ?? '', header[2] ?? header[3] ?? ''));
    else if (current !== null && current.frames.length === 0 && line.trim() !== '')
      builder.appendMessage(current, line);
  }
  if (current === null && before.length > 0) {
    const cut = push(chain, builder.exception('', ''));
    for (const frame of before.toReversed()) cut.frames.push(frame);
  }
  const rootFirst = chain.toReversed();
  for (const [index, exception] of rootFirst.entries()) {
    exception.link = index === rootFirst.length - 1 ? 'thrown' : 'cause';
  }
  return builder.trace('ruby', rootFirst);
}

function push(chain: OpenException[], exception: OpenException): OpenException {
  chain.push(exception);
  return exception;
}

function thrownBy(text: string): { kind: string; message: string } {
  const end = KIND_AT_END.exec(text);
  return end === null ? { kind: '', message: text } : { kind: end[2] ?? '', message: end[1] ?? '' };
}

function rubyPlace(line: string): { frame: TraceFrame; text: string } | null {
  const match = PLACE.exec(line);
  if (match === null) return null;
  const [, , file = '', lineNumber, called, text = ''] = match;
  // Without `:in` a place is only believed where Ruby prints one: after `from`, or at a file of its own.
  if (called === undefined && !/^\s*(?:\d+: )?from /.test(line) && !/\.(?:rb|ru|rake|erb)$/.test(file))
    return null;
  return { frame: rubyFrame(line, file, lineNumber, called ?? null), text };
}

function rubyFrame(raw: string, file: string, line: string | undefined, called: string | null): TraceFrame {
  // From Ruby 3.4 on the class stands before the name: 'Shop::Cart#total', 'block in Cart.load'.
  const body = called?.replace(/^(?:(?:rescue|ensure|block|block \(\d+ levels\)) in )+/, '') ?? null;
  const prefix = called === null || body === null ? '' : called.slice(0, called.length - body.length);
  const hash = body === null ? -1 : Math.max(body.lastIndexOf('#'), body.lastIndexOf('.'));
  const owner = hash > 0 && body !== null ? body.slice(0, hash) : null;
  const colons = owner === null ? -1 : owner.lastIndexOf('::');
  return traceFrame(raw, {
    function: body === null ? null : `${prefix}${hash > 0 ? body.slice(hash + 1) : body}`,
    class: owner === null ? null : owner.slice(colons < 0 ? 0 : colons + 2),
    package: owner === null || colons < 0 ? null : owner.slice(0, colons),
    file,
    line: traceNumber(line),
    inApp: !INSTALLED.test(file),
  });
}
