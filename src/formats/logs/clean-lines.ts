// The first steps of the reader in one pass: controls, records, prefixes. Raw lines in, the lines that the program wrote out.
import { withoutControls } from './control-characters.ts';
import { MAX_LINE_LENGTH, MAX_RECORD_LENGTH, type LogLine, type RawLine } from './log-lines.ts';
import { logPrefix } from './log-prefix.ts';
import type { SharedPrefix } from './shared-prefix.ts';
import { isJournalExport, isJournalField, journalMessage, readRecord, unfolded } from './log-records.ts';

/** Lines that records may unfold to, in all. */
const MAX_LINES = 200_000;
/** Prefixes in front of each other: docker's time, then the program's own. */
const MAX_NESTED = 3;
/** The budget of record text that is parsed, so that a text of many huge records costs its share only. */
const MAX_RECORD_TEXT = 4 * 1024 * 1024;

const SAID =
  /^(?:\[pool [^\]]{1,60}\] )?child \d{1,10} said into std(?:err|out): "(?:NOTICE: PHP message: )?(.*?)"?(?:, pipe is closed)?$/;

/** What an earlier step found out about the lines of a text. */
export interface CleanOptions {
  /** A prefix that all lines of a kind share and no logger is known for, found by its repetition. */
  readonly shared?: SharedPrefix | undefined;
  /** True where no line has controls (`isPlain`). */
  readonly plain?: boolean;
}

/** Cleans the lines of a text. */
export function cleanLines(
  raw: readonly RawLine[],
  { shared, plain = false }: CleanOptions = {},
): readonly LogLine[] {
  const lines: Open[] = [];
  const isExport = isJournalExport(raw);
  let budget = MAX_RECORD_TEXT;
  let before = '';
  for (const [index, line] of raw.entries()) {
    if (lines.length >= MAX_LINES) break;
    const whole = line.text.length > MAX_RECORD_LENGTH ? line.text.slice(0, MAX_RECORD_LENGTH) : line.text;
    let text = plain && !whole.includes('\r') ? whole : withoutControls(whole);
    if (isExport) {
      const message = journalMessage(text);
      if (message === null && isJournalField(text)) continue;
      if (message !== null) text = message;
    }
    if (shared !== undefined) text = text.slice(shared(text));
    const next = raw[index + 1]?.text ?? '';
    const open = prefixed(text, index, next === '' ? before : next);
    before = line.text;
    // A short line that is all blank or indented is the bulk of every trace: nothing more to find out about it.
    if (open.text.length > 1 && budget > 0 && couldBeRecord(open.text)) {
      budget -= open.text.length;
      if (addRecord(lines, open)) continue;
    }
    const folded =
      open.text.length > 20 && (open.text.includes('\\n') || open.text.includes('#012'))
        ? unfolded(open.text)
        : null;
    if (folded === null) lines.push(open);
    else addAll(lines, open, folded, false);
  }
  return finished(lines);
}

/** A line whose place among the others is not decided yet. */
interface Open {
  text: string;
  readonly prefix: string;
  readonly stream: string;
  readonly raw: number;
  /** A record of several lines begins here. */
  begins: boolean;
  /** Whether it had a prefix of its own, or was a record of its own. */
  readonly prefixed: boolean;
}

function prefixed(text: string, raw: number, neighbour: string): Open {
  let at = 0;
  let stream = '';
  for (let nested = 0; nested < MAX_NESTED; nested += 1) {
    const prefix = logPrefix(at === 0 ? text : text.slice(at), neighbour);
    if (prefix === null || prefix.length === 0) break;
    at += prefix.length;
    stream ||= prefix.stream;
  }
  // PHP-FPM quotes each line that a process of its pool says.
  const said = at > 0 && text.includes(' said into std') ? SAID.exec(text.slice(at)) : null;
  if (said !== null) return { ...opened(said[1] ?? ''), prefix: text.slice(0, at), stream, raw };
  return {
    text: at === 0 ? text : text.slice(at),
    prefix: at === 0 ? '' : text.slice(0, at),
    stream,
    raw,
    begins: false,
    prefixed: at > 0,
  };
}

function opened(text: string): Pick<Open, 'text' | 'begins' | 'prefixed'> {
  return { text, begins: false, prefixed: true };
}

function couldBeRecord(text: string): boolean {
  const code = text.charCodeAt(0);
  return (
    code === 123 ||
    (code === 91 && text.length > 20) ||
    (code > 64 && text.includes('="')) ||
    (text.endsWith('}') && text.includes('{"'))
  );
}

function addRecord(lines: Open[], open: Open): boolean {
  const record = readRecord(open.text);
  if (record !== null) {
    const stream = open.stream === '' ? record.stream : open.stream;
    addAll(lines, { ...open, stream }, record.lines, !record.isFragment);
    return true;
  }
  // Serverless run-times put a record behind words: `… ERROR Uncaught Exception {"errorType":…}`.
  const brace = open.text.indexOf('{"');
  if (brace <= 0 || brace > 300 || !open.text.trimEnd().endsWith('}')) return false;
  const inner = readRecord(open.text.slice(brace));
  if (inner === null || inner.isFragment) return false;
  addAll(lines, open, [open.text.slice(0, brace).trimEnd(), ...inner.lines], true);
  return true;
}

function addAll(lines: Open[], open: Open, texts: readonly string[], begins: boolean): void {
  for (const [index, text] of texts.entries()) {
    // What a record holds may have come through a logger with prefixes, or a terminal with colours.
    const clean = withoutControls(text);
    const inner = prefixed(clean, open.raw, '');
    lines.push({
      ...inner,
      prefix: index === 0 ? `${open.prefix}${inner.prefix}` : inner.prefix,
      stream: open.stream === '' ? inner.stream : open.stream,
      begins: begins && index === 0,
      prefixed: begins ? index === 0 : open.prefixed || inner.prefixed,
    });
  }
  // What follows a record is not part of it.
  if (begins)
    lines.push({ text: '', prefix: '', stream: open.stream, raw: open.raw, begins: false, prefixed: false });
}

/** A line of a message or a trace; a blank one says nothing, and stands at the end of most texts. */
function isBare({ prefixed: hasPrefix, text }: Open): boolean {
  return !hasPrefix && text.trim() !== '';
}

/**
 * A line with a prefix beside lines without one begins a record: the lines behind it are its message and stack. Where
 * every line has one, nothing begins anywhere.
 */
function finished(lines: readonly Open[]): readonly LogLine[] {
  if (lines.every(({ prefixed: has, text }) => !has && text.length <= MAX_LINE_LENGTH)) return lines;
  return lines.map((line, index) => {
    const before = lines[index - 1];
    const after = lines[index + 1];
    const stands =
      line.prefixed && ((before !== undefined && isBare(before)) || (after !== undefined && isBare(after)));
    return {
      text: line.text.length > MAX_LINE_LENGTH ? line.text.slice(0, MAX_LINE_LENGTH) : line.text,
      prefix: line.prefix,
      stream: line.stream,
      begins: line.begins || stands,
      raw: line.raw,
    };
  });
}
