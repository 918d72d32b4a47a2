import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLog } from '../../../src/formats/logs/read-log.ts';
import type { Trace, TraceFormat } from '../../../src/formats/trace/trace.ts';
import { LANGUAGE_SAMPLES } from './language-samples.ts';

/** What a log does to a trace, which must be read the same afterwards. */
const CHANGES: readonly (readonly [what: string, change: (text: string) => string])[] = [
  ['a log line before it', (text) => `2026-03-14 12:00:00,123 ERROR [main] shop.Till - closing\n${text}`],
  ['ends of lines of Windows', (text) => text.replaceAll('\n', '\r\n')],
  ['colours', (text) => lines(text, (line) => `\u001b[31m${line}\u001b[0m`)],
  ['written-out colours', (text) => lines(text, (line) => `#033[1;31m${line}#033[0m`)],
  ['a byte order mark', (text) => `\ufeff${text}`],
  [
    'logcat, thread and time',
    (text) => lines(text, (line) => `03-14 12:00:00.123  4711  4712 E Shop    : ${line}`),
  ],
  ['logcat, brief', (text) => lines(text, (line) => `E/Shop    ( 4711): ${line}`)],
  ['journald', (text) => lines(text, (line) => `Mar 14 12:00:00 till-7 shopd[4711]: ${line}`)],
  [
    'syslog, RFC 5424',
    (text) => lines(text, (line) => `<11>1 2026-03-14T12:00:00.123Z till-7 shopd 4711 - - ${line}`),
  ],
  ['compose', (text) => lines(text, (line) => `shop-1  | ${line}`)],
  ['kubectl', (text) => lines(text, (line) => `[pod/shop-5d4f/shop] ${line}`)],
  ['a time on every line', (text) => lines(text, (line) => `2026-03-14T12:00:00.123Z ${line}`)],
  ['a time in brackets', (text) => lines(text, (line) => `[2026-03-14 12:00:00] ${line}`)],
  [
    "Docker's json-file",
    (text) =>
      lines(text, (line) =>
        JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: '2026-03-14T12:00:00Z' }),
      ),
  ],
  [
    'a record of JSON for each line',
    (text) => lines(text, (line) => JSON.stringify({ level: 'error', msg: line, time: 1 })),
  ],
  ['one record of JSON', (text) => `${JSON.stringify({ level: 'error', msg: 'it failed', stack: text })}\n`],
  ['a prefix that nobody knows', (text) => lines(text, (line) => `till seven => [${line.length}]: ${line}`)],
  [
    'another trace before it',
    (text) =>
      `2026-03-14 12:00:00,123 WARN [mail] shop.Mailer - not sent\nshop.mail.MailException: refused\n\tat shop.mail.Mailer.send(Mailer.java:10)\n2026-03-14 12:00:01,123 ERROR [main] shop.Till - it failed\n${text}`,
  ],
  [
    'a warning with a trace behind it',
    (text) =>
      `${text}\n2026-03-14 12:00:01,123 WARN [mail] shop.Mailer - not sent\nshop.mail.MailException: refused\n\tat shop.mail.Mailer.send(Mailer.java:10)\n`,
  ],
];

function lines(text: string, change: (line: string) => string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${change(line)}\n`)
    .join('');
}

/** What must not change: kinds, the first line of messages, and all frames. */
function essence({ format, exceptions }: Trace): unknown {
  return [
    format,
    exceptions.map(({ kind, message, frames }) => [
      kind,
      message.split('\n', 1)[0],
      frames.map((frame) => [frame.class, frame.function, frame.file, frame.line, frame.module]),
    ]),
  ];
}

for (const [format, { text }] of Object.entries(LANGUAGE_SAMPLES) as readonly (readonly [
  TraceFormat,
  (typeof LANGUAGE_SAMPLES)[TraceFormat],
])[]) {
  describe(`a trace of ${format} is read the same with`, () => {
    const plain = readLog(text).crash?.trace;
    for (const [what, change] of CHANGES) {
      it(what, () => {
        assert.ok(plain !== undefined);
        const { crash, problem } = readLog(change(text));
        assert.equal(problem, null);
        assert.deepEqual(essence(crash?.trace ?? plain), essence(plain));
        assert.ok(crash !== null);
      });
    }
  });
}
