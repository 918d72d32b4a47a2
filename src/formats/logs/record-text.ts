// Where the loggers that write JSON put the message, the error and its stack. The names are data: pino, bunyan, winston,
// logstash and ECS encoders, log4j's JSON layouts, structlog, python-json-logger, zap, zerolog, logrus, slog, serilog,
// docker's json-file, journald's JSON, CloudWatch, AWS Lambda and Google Cloud.
import { listedFrames } from './record-frames.ts';

/** What a record says, as text that the parsers of traces read. */
export interface RecordText {
  readonly text: string;
  readonly stream: string;
  readonly isFragment: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 6;
const MAX_TEXT = 256 * 1024;

/** Envelopes: a line of output as something else collected it. */
const FRAGMENTS = ['log', 'MESSAGE', 'textPayload', 'line'] as const;
const MESSAGES = [
  'msg',
  'message',
  '@m',
  '@mt',
  'RenderedMessage',
  'MessageTemplate',
  'short_message',
  'event',
  'Body',
  'body',
  'text',
] as const;
/** Names under which an error stands as an object or as text. */
const ERRORS = [
  'err',
  'error',
  'exception',
  'thrown',
  'throwable',
  'Exception',
  'exc',
  'e',
  'cause',
  'reason',
  'originalError',
  'failure',
  'panic',
  'value',
] as const;
const STACKS = [
  'stack',
  'stack_trace',
  'stackTrace',
  'stacktrace',
  'StackTrace',
  'StackTraceString',
  'full_message',
  'exc_info',
  'exc_text',
  'exception',
  '@x',
  'Exception',
  'traceback',
  'backtrace',
  'trace',
  'extendedStackTrace',
  'errorVerbose',
  'error.stack',
  'error.stack_trace',
  'err.stack',
  'exception.stacktrace',
  'log.error.stack',
] as const;
const KINDS = [
  'type',
  'name',
  'errorType',
  'exception_class',
  'class',
  'exc_type',
  'exceptionClass',
  'ClassName',
  'kind',
] as const;
/** Where the fields of interest stand inside another object. */
const WRAPPERS = [
  'jsonPayload',
  'fields',
  'attributes',
  'Properties',
  'extra',
  'context',
  'meta',
  'metadata',
  'data',
  'record',
  'log',
  'exc',
  'details',
  'error',
  '_source',
] as const;

/** The text of a parsed record; null where it holds none that could be a trace or a message. */
export function recordTexts(value: unknown): RecordText | null {
  if (Array.isArray(value)) {
    const texts = value.slice(0, 1000).flatMap((item) => {
      const text = recordTexts(item);
      return text === null ? [] : [text.text.replace(/\n$/, '')];
    });
    return texts.length === 0 ? null : { text: texts.join('\n'), stream: '', isFragment: false };
  }
  const fields = asFields(value);
  if (fields === null) return null;
  for (const name of FRAGMENTS) {
    const text = fields[name];
    if (typeof text === 'string')
      return { text: text.slice(0, MAX_TEXT), stream: textOf(fields['stream']), isFragment: true };
  }
  const text = textOfFields(fields, 0);
  return text === '' ? null : { text: text.slice(0, MAX_TEXT), stream: '', isFragment: false };
}

/** Message first, then the error with its stack: the order in which a log would show them. */
function textOfFields(fields: Fields, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  const stack = stackOf(fields);
  if (stack !== '') return joined(messageOf(fields, stack), stack);
  for (const name of ERRORS) {
    const inner = asFields(fields[name]);
    const text = inner === null ? '' : errorText(inner, depth + 1);
    if (text !== '') return joined(messageOf(fields, text), text);
  }
  for (const name of WRAPPERS) {
    const inner = asFields(fields[name]);
    const text = inner === null ? '' : textOfFields(inner, depth + 1);
    if (text !== '') return joined(messageOf(fields, text), text);
  }
  const message = first(fields, MESSAGES);
  const error = ERRORS.map((name) => fields[name]).find((value) => typeof value === 'string') ?? '';
  return joined(message, textOf(error));
}

/** An error as an object: its stack, with kind and message in front where the stack does not begin with them. */
function errorText(fields: Fields, depth: number): string {
  const stack = stackOf(fields);
  const kind = first(fields, KINDS);
  const message = first(fields, [
    'message',
    'msg',
    'errorMessage',
    'localizedMessage',
    'Message',
    'exc_value',
    'value',
  ]);
  const headed = kind === '' ? message : message === '' ? kind : `${kind}: ${message}`;
  if (stack !== '') {
    const begins = (stack.split('\n', 1)[0] ?? '').trim();
    const hasHeader =
      begins.includes(kind.slice(kind.lastIndexOf('.') + 1)) && !/^(?:at |File |#\d)/.test(begins);
    const text = hasHeader || headed === '' ? stack : `${headed}\n${stack}`;
    const cause = asFields(fields['cause']);
    const reason =
      cause === null || stack.includes('Caused by: ') || depth > MAX_DEPTH ? '' : errorText(cause, depth + 1);
    return reason === '' ? text : `${text}\nCaused by: ${reason}`;
  }
  const nested = WRAPPERS.map((name) => asFields(fields[name])).find((inner) => inner !== null);
  const inner = nested === undefined || depth > MAX_DEPTH ? '' : errorText(nested, depth + 1);
  return inner !== '' ? inner : kind === '' ? '' : headed;
}

function stackOf(fields: Fields): string {
  for (const name of STACKS) {
    const value = fields[name];
    if (typeof value === 'string' && /\n|\(.*:\d|^\S*(?:Error|Exception)\b/.test(value.slice(0, 4096)))
      return value;
    if (Array.isArray(value)) {
      const text = listedFrames(value);
      if (text !== '') return text;
    }
  }
  // AWS Lambda: `errorType`, `errorMessage`, and the stack as a list.
  const kind = textOf(fields['errorType']);
  return kind === '' ? '' : `${kind}: ${textOf(fields['errorMessage'])}`;
}

/** The message of a record, unless its stack says it already. */
function messageOf(fields: Fields, stack: string): string {
  const message = first(fields, MESSAGES);
  if (message === '' || stack.includes(message)) {
    // zap writes the error's text beside a stack that has none.
    const error = textOf(fields['error']);
    return error === '' || stack.includes(error) ? '' : error;
  }
  const kind = textOf(fields['errorType']);
  return kind === '' ? message : '';
}

function first(fields: Fields, names: readonly string[]): string {
  for (const name of names) {
    const value = textOf(fields[name]);
    if (value !== '') return value;
  }
  return '';
}

function joined(a: string, b: string): string {
  return a === '' ? b : b === '' ? a : `${a}\n${b}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}
