// Records of structured logs: one JSON object a line (every logger that writes such), docker's and the clouds' envelopes,
// logfmt, and journald's export. Each becomes the lines that the program meant to write.
import { recordTexts } from './record-text.ts';

/** What a record says. */
export interface LogRecord {
  readonly lines: readonly string[];
  readonly stream: string;
  /** A piece of a line-by-line copy of the program's output, and no record of its own. */
  readonly isFragment: boolean;
}

const MAX_RECORD_LINES = 5000;
/** logfmt: keys and values with quotes where they hold blanks; one that has a message or error is a record. */
const LOGFMT = /(?:^| )(?:msg|message|error|err|stack|stacktrace|exception|panic)="/;
const LOGFMT_START = /^[A-Za-z_][\w.-]{0,60}=(?:"|\S)/;
const LOGFMT_PAIR = /([A-Za-z_][\w.-]{0,60})=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g;
const ESCAPED = /\\(?:u([0-9a-fA-F]{4})|(.))/g;

/** Reads a line as a record, or null where it is none. `line` is not cut. */
export function readRecord(line: string): LogRecord | null {
  const code = line.charCodeAt(0);
  if (code === 123 || code === 91) return jsonRecord(line);
  if (LOGFMT_START.test(line) && LOGFMT.test(line)) return logfmtRecord(line);
  return null;
}

function jsonRecord(line: string): LogRecord | null {
  const last = line.trimEnd().slice(-1);
  if (last !== '}' && last !== ']') return null;
  // `[2024-01-02 …]` and `[stacktrace]` are no JSON, and most lines that begin so are these.
  if (line.startsWith('[') && !/^\[\s*[{"]/.test(line)) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const record = recordTexts(value);
  if (record === null) return null;
  const lines = record.text.split(/\r\n|\n/, MAX_RECORD_LINES);
  if (record.isFragment && lines.length > 1 && lines.at(-1) === '') lines.pop();
  return { lines, stream: record.stream, isFragment: record.isFragment || lines.length === 1 };
}

const MAX_DOCUMENT = 1024 * 1024;

/** The text of a document that is one JSON value over several lines; null where the text is none. */
export function wholeRecord(text: string): string | null {
  if (text.length > MAX_DOCUMENT || !/^\s*[{[]\s*[\n"{]/.test(text) || !/[}\]]\s*$/.test(text)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return recordTexts(value)?.text ?? null;
}

function logfmtRecord(line: string): LogRecord | null {
  const said: string[] = [];
  const traces: string[] = [];
  for (const [, key = '', quoted, plain = ''] of line.slice(0, 64 * 1024).matchAll(LOGFMT_PAIR)) {
    const value = quoted === undefined ? plain : unescaped(quoted);
    if (/^(?:stack|stacktrace|stack_trace|exception|trace|backtrace)$/i.test(key)) traces.push(value);
    else if (/^(?:msg|message|error|err|panic)$/i.test(key) && value !== '') said.push(value);
  }
  const text = [...said, ...traces].join('\n');
  if (text === '') return null;
  const lines = text.split('\n', MAX_RECORD_LINES);
  return { lines, stream: '', isFragment: lines.length === 1 };
}

/** A line in which a logger has written `\n` for the ends of lines, or rsyslog its `#012`; null where there are none. */
export function unfolded(line: string): readonly string[] | null {
  if (line.includes('#012')) return line.replaceAll('#011', '\t').split('#012', MAX_RECORD_LINES);
  if (!FOLDED.test(line)) return null;
  return line
    .replaceAll(/\\r(?=\\n)/g, '')
    .replaceAll('\\t', '\t')
    .split('\\n', MAX_RECORD_LINES);
}

/** Only before what a frame begins with: a path of Windows has `\n` in it, too. */
const FOLDED =
  /\\n(?:\\t| {1,8})?(?:at |in |File "|from |#\d|\d{1,4}: |Caused by: |\(|Traceback |goroutine \d)/;

function unescaped(text: string): string {
  return text.replace(ESCAPED, (_all, code: string | undefined, char: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return char === 'n' ? '\n' : char === 't' ? '\t' : char === 'r' ? '' : (char ?? '');
  });
}

// journald's export: `FIELD=value` lines, records parted by blank lines; MESSAGE is what the program wrote.
const EXPORT_FIELD = /^(?:__CURSOR|__REALTIME_TIMESTAMP|__MONOTONIC_TIMESTAMP|_BOOT_ID|PRIORITY)=/;

/** Whether the text begins as an export of journald. */
export function isJournalExport(lines: readonly { readonly text: string }[]): boolean {
  return lines.slice(0, 40).filter(({ text }) => EXPORT_FIELD.test(text)).length >= 2;
}

/** The message of a line of an export; null for its other fields. */
export function journalMessage(line: string): string | null {
  return line.startsWith('MESSAGE=') ? line.slice(8) : null;
}

/** Whether a line of an export is one of its fields or ends a record. */
export function isJournalField(line: string): boolean {
  return line === '' || /^_{0,2}[A-Z][A-Z0-9_]{0,63}(?:=|$)/.test(line);
}
