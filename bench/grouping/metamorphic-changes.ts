// Changes of a trace that must not change its bug: one release later, another machine, another logger, another wrapper. Each gives
// the changed text, or null where a language knows no such thing.
import type { SampleLanguage } from './samples.ts';

export interface MetamorphicChange {
  readonly name: string;
  readonly apply: (text: string, language: SampleLanguage) => string | null;
}

/** Every line number seven further, whatever the language writes around it. */
export function withLinesShifted(text: string, by = 7): string {
  const shift = (digits: string): string => String(Number(digits) + by);
  return text
    .split('\n')
    .map((line) => {
      if (/^\s*File ".*", line \d+/.test(line))
        return line.replace(/line (\d+)/, (_all, digits: string) => `line ${shift(digits)}`);
      if (/:line \d+$/.test(line))
        return line.replace(/line (\d+)$/, (_all, digits: string) => `line ${shift(digits)}`);
      if (/ on line \d+$/.test(line))
        return line.replace(/line (\d+)$/, (_all, digits: string) => `line ${shift(digits)}`);
      return line
        .replace(
          /(\.(?:java|kt|scala|groovy|js|ts|tsx|go|rs|rb|php|cc|cpp|h)):(\d+)/g,
          (_all, extension: string, digits: string) => `${extension}:${shift(digits)}`,
        )
        .replace(/\.php\((\d+)\)/, (_all, digits: string) => `.php(${shift(digits)})`);
    })
    .join('\n');
}

const everyLine =
  (prefix: (line: string) => string) =>
  (text: string): string =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => prefix(line))
      .join('\n')
      .concat('\n');

const only =
  (languages: readonly SampleLanguage[], apply: (text: string) => string) =>
  (text: string, language: SampleLanguage): string | null =>
    languages.includes(language) ? apply(text) : null;

export const METAMORPHIC_CHANGES: readonly MetamorphicChange[] = [
  { name: 'lines +7', apply: (text) => withLinesShifted(text) },
  { name: 'CRLF', apply: (text) => text.replaceAll('\n', '\r\n') },
  { name: 'numbers in the message', apply: (text) => text.replaceAll('order 4711', 'order 815') },
  {
    name: 'another folder',
    apply: (text) =>
      text
        .replaceAll('/srv/shop/', '/home/ci/work/')
        .replaceAll('/src/shop/', '/build/x1/')
        .replaceAll('C:\\src\\shop\\', 'D:\\a\\1\\s\\'),
  },
  { name: 'log line before', apply: (text) => `INFO starting the shop\nWARN slow: 12 ms\n${text}` },
  {
    name: 'log line before, on the same line',
    apply: only(
      ['java', 'javascript', 'dotnet', 'go'],
      (text) => `2026-03-14 12:00:00,123 ERROR [main] shop.Main - ${text}`,
    ),
  },
  {
    name: 'logcat prefix',
    apply: everyLine((line) => `03-14 12:00:00.123  4711  4712 E AndroidRuntime: ${line}`),
  },
  { name: 'journald prefix', apply: everyLine((line) => `Mar 14 12:00:00 web1 shop[4711]: ${line}`) },
  { name: 'docker compose prefix', apply: everyLine((line) => `shop-1  | ${line}`) },
  { name: 'JSON lines', apply: everyLine((line) => JSON.stringify({ level: 'error', message: line })) },
  {
    name: 'JSON with the trace',
    apply: (text) => `${JSON.stringify({ level: 'error', msg: 'failed', stack: text })}\n`,
  },
  { name: 'ANSI colour', apply: everyLine((line) => (line === '' ? line : `\u001b[31m${line}\u001b[0m`)) },
  {
    name: 'another trace before',
    apply: (text, language) => {
      const other = text
        .replaceAll(/\b([Tt])otal\b/g, (_all, first: string) => (first === 'T' ? 'Refund' : 'refund'))
        .replaceAll('no items', 'no refund')
        .replaceAll(/\b([Cc])art\b/g, (_all, first: string) => (first === 'C' ? 'Ledger' : 'ledger'));
      return language === 'c++' ? null : `${other}\n${text}`;
    },
  },
  {
    name: 'thread and its name',
    apply: (text, language) => {
      if (language === 'java') return `Exception in thread "pool-3-thread-7" ${text}`;
      if (language === 'go')
        return text.replace('goroutine 7 [running]', 'goroutine 99 [running, locked to thread]');
      if (language === 'rust') return text.replace("'main'", "'tokio-runtime-worker'");
      return language === 'c++' ? text.replaceAll('thread T0', 'thread T3') : null;
    },
  },
  {
    name: '~[jar] suffixes',
    apply: only(['java'], (text) => text.replaceAll(/^(\tat .*\))$/gm, '$1 ~[shop-1.2.0.jar:1.2.0]')),
  },
  { name: 'loader prefix', apply: only(['java'], (text) => text.replaceAll('\tat org.', '\tat app//org.')) },
  {
    name: 'file names stripped',
    apply: only(['java'], (text) => text.replaceAll(/\(\w+\.java:\d+\)/g, '(Unknown Source)')),
  },
  {
    name: 'FATAL EXCEPTION header',
    apply: only(['java'], (text) => `FATAL EXCEPTION: main\nProcess: org.example.shop, PID: 4711\n${text}`),
  },
  {
    name: '"uncaught" line',
    apply: (text, language) => {
      if (language === 'javascript') return `Uncaught ${text}`;
      if (language === 'java') return `Uncaught exception:\n${text}`;
      return null;
    },
  },
  {
    name: 'wrapped in another exception',
    apply: (text, language) => {
      if (language === 'java') {
        const frames = text.slice(text.indexOf('\n') + 1);
        return `java.util.concurrent.ExecutionException: ${text.split('\n')[0] ?? ''}\n\tat org.example.shop.Pool.get(Pool.java:4)\n\tat org.example.shop.Main.main(Main.java:9)\nCaused by: ${text.split('\n')[0] ?? ''}\n${frames}`;
      }
      if (language === 'python')
        return `${text}\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File "/srv/shop/main.py", line 3, in main\n    run()\nshop.ShopError: failed\n`;
      if (language === 'dotnet')
        return `System.AggregateException: One or more errors occurred. (order 4711 has no items)\n ---> ${text.replace('Unhandled exception. ', '').trimEnd()}\n   --- End of inner exception stack trace ---\n   at Example.Shop.Program.Main(String[] args) in C:\\src\\shop\\Program.cs:line 9\n`;
      return null;
    },
  },
  {
    name: 'recursion × 3',
    apply: (text, language) => {
      const repeated = repeatFrame(text, language, 3);
      return repeated === text ? null : repeated;
    },
  },
  {
    name: 'run-time check on top',
    apply: (text, language) => {
      if (language === 'java')
        return text.replace(
          '\tat org',
          '\tat java.base/java.util.Objects.requireNonNull(Objects.java:233)\n\tat com.google.common.base.Preconditions.checkState(Preconditions.java:512)\n\tat org',
        );
      if (language === 'javascript')
        return text.replace(
          '    at Cart',
          '    at Array.map (<anonymous>)\n    at invariant (/srv/shop/node_modules/tiny-invariant/index.js:12:9)\n    at Cart',
        );
      if (language === 'dotnet')
        return text.replace(
          '   at Example',
          '   at System.ThrowHelper.ThrowInvalidOperationException(String message)\n   at Example',
        );
      return null;
    },
  },
  {
    name: 'first 5 frames only',
    apply: only(['java', 'javascript', 'dotnet'], (text) => firstFrames(text, 5)),
  },
  {
    name: 'suppressed added',
    apply: only(
      ['java'],
      (text) =>
        `${text}\tSuppressed: java.io.IOException: closed\n\t\tat org.example.shop.db.Pool.close(Pool.java:5)\n\t\t... 4 more\n`,
    ),
  },
  {
    name: 'another caller',
    apply: (text) => {
      const changed = text
        .replaceAll(/\b([Pp])ay\b/g, (_all, first: string) => (first === 'P' ? 'Invoice' : 'invoice'))
        .replaceAll(/\b([Cc])heckout\b/g, (_all, first: string) => (first === 'C' ? 'Billing' : 'billing'));
      return changed === text ? null : changed;
    },
  },
];

/** The first frame of the program as often as if it had called itself. */
function repeatFrame(text: string, language: SampleLanguage, times: number): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /\btotal\b|\bTotal\b/.test(line) && !line.endsWith('has no items'));
  const size = language === 'go' || language === 'rust' || language === 'python' ? 2 : 1;
  if (at < 0 || language === 'php' || language === 'c++' || language === 'ruby') return text;
  const frame = lines.slice(at, at + size);
  const start = language === 'python' ? at - 1 : at;
  const taken = language === 'python' ? lines.slice(start, start + 2) : frame;
  return [
    ...lines.slice(0, start),
    ...Array.from({ length: times }, () => taken).flat(),
    ...lines.slice(start + size),
  ].join('\n');
}

/** The first frames of each exception. */
function firstFrames(text: string, count: number): string {
  let frames = 0;
  return text
    .split('\n')
    .filter((line) => {
      frames = /^\s+at /.test(line) ? frames + 1 : 0;
      return frames <= count;
    })
    .join('\n');
}
