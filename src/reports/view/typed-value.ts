// What a value is besides its digits: a time, an amount of memory, a duration. Names of annotations say what they are, as in Mozilla's
// (`CrashTime`, `TotalPhysicalMemory`, `UptimeTS`), and in those of Sentry's contexts (`memory_size`, `boot_time`). Where a name does
// not tell the unit, or the number is none that such a thing can have, it stays a number.

/** Longer names and values are no typed ones. */
const MAX_NAME = 100;
const MAX_VALUE = 40;

const KB = 1024;
/** Bytes of each unit by how names write it. */
const UNITS: Readonly<Record<string, number>> = {
  byte: 1,
  bytes: 1,
  ...{ kb: KB, kib: KB, mb: KB ** 2, mib: KB ** 2, gb: KB ** 3, gib: KB ** 3 },
};
/** Memory without a unit is in bytes; a number below this may as well be a count or megabytes. */
const SURELY_BYTES = 64 * KB;

const MEMORY = new Set([
  'memory',
  'mem',
  'ram',
  'heap',
  'swap',
  'rss',
  'disk',
  'storage',
  'commit',
  'alloc',
  'allocation',
]);
/** `size` and `page file` of these are of bytes; other sizes are of windows, fonts and lists. */
const SIZED = new Set([
  'file',
  'page',
  'stack',
  'dump',
  'oom',
  'log',
  'cache',
  'buffer',
  'upload',
  'download',
]);
/** With these it is a share, a count or a name of one. */
const NOT_BYTES = new Set([
  ...[
    'percent',
    'percentage',
    'pct',
    'count',
    'number',
    'num',
    'events',
    'ratio',
    'type',
    'id',
    'index',
    'version',
  ],
  ...[
    'time',
    'date',
    'timestamp',
    'address',
    'offset',
    'speed',
    'load',
    'errors',
    'pages',
    'slots',
    'hash',
    'serial',
  ],
]);

const TIMES = new Set([
  'time',
  'timestamp',
  'date',
  'at',
  'started',
  'installed',
  'created',
  'modified',
  'updated',
  'since',
]);
/** 2000 to 2100, in seconds since 1970. */
const [FIRST_SECOND, LAST_SECOND] = [946_684_800, 4_102_444_800];

/** Seconds of each unit by how names write it. */
const DURATIONS: Readonly<Record<string, number>> = {
  ...{ seconds: 1, secs: 1, sec: 1, ms: 0.001, msec: 0.001, millis: 0.001, milliseconds: 0.001 },
  // Mozilla's and Sentry's are in seconds, as are those of systems.
  uptime: 1,
};
/** Ten years: whatever counts longer is no duration of a program. */
const MAX_DURATION = 10 * 365 * 86_400;

/** A value in words; null: it is what it looks like. */
export function typedValue(name: string, value: string): string | null {
  if (name.length > MAX_NAME || value.length > MAX_VALUE) return null;
  const iso = isoTime(value);
  if (iso !== null) return iso;
  if (!/^\d{1,19}(?:\.\d{1,9})?$/.test(value)) return null;
  const number = Number(value);
  const words = wordsOf(name);
  return durationOf(words, number) ?? timeOf(words, number) ?? bytesOf(words, number);
}

/** `TotalPhysicalMemory`, `total_physical_memory` and `total.physical-memory` alike, in lower case. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

/** ISO 8601 with its zone; without one nobody knows which moment it is. */
function isoTime(value: string): string | null {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/.test(value)) return null;
  const at = Date.parse(value.replace(' ', 'T'));
  return Number.isNaN(at) ? null : exactText(at);
}

function durationOf(words: readonly string[], number: number): string | null {
  // A more exact unit decides: `uptime_ms`.
  const unit = words.filter((word) => word !== 'uptime').find((word) => Object.hasOwn(DURATIONS, word));
  const of = DURATIONS[unit ?? (words.includes('uptime') ? 'uptime' : '')];
  if (of === undefined || number * of >= MAX_DURATION) return null;
  return durationText(number * of);
}

function timeOf(words: readonly string[], number: number): string | null {
  if (!words.some((word) => TIMES.has(word))) return null;
  const isIn = (seconds: number): boolean => seconds >= FIRST_SECOND && seconds < LAST_SECOND;
  if (isIn(number)) return exactText(number * 1000);
  return isIn(number / 1000) ? exactText(number) : null;
}

function bytesOf(words: readonly string[], number: number): string | null {
  if (!Number.isSafeInteger(number)) return null;
  if (words.some((word) => NOT_BYTES.has(word))) return null;
  const unit = words.find((word) => Object.hasOwn(UNITS, word));
  if (unit !== undefined) return bytesText(number * (UNITS[unit] ?? 1));
  const isSized = words.includes('size') || words.includes('file');
  const isMemory =
    words.some((word) => MEMORY.has(word)) || (isSized && words.some((word) => SIZED.has(word)));
  return isMemory && number >= SURELY_BYTES ? bytesText(number) : null;
}

function exactText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Bytes as people say them, with one decimal: 15.9 GB. */
export function bytesText(bytes: number): string {
  const step = [
    [KB ** 4, 'TB'],
    [KB ** 3, 'GB'],
    [KB ** 2, 'MB'],
    [KB, 'KB'],
  ].find(([size]) => bytes >= Number(size));
  return step === undefined ? `${bytes}\u00a0B` : `${(bytes / Number(step[0])).toFixed(1)}\u00a0${step[1]}`;
}

const STEPS = [
  { seconds: 86_400, word: 'd' },
  { seconds: 3600, word: 'h' },
  { seconds: 60, word: 'min' },
  { seconds: 1, word: 's' },
] as const;

/** A duration in its two largest units: 2 h 14 min, 3 d, 0.42 s. */
export function durationText(seconds: number): string {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${Number(seconds.toFixed(2))}\u00a0s`;
  const whole = Math.round(seconds);
  const at = STEPS.findIndex((step) => whole >= step.seconds);
  const [first, second] = [STEPS[at], STEPS[at + 1]];
  if (first === undefined) return '0\u00a0s';
  const many = Math.floor(whole / first.seconds);
  const rest = second === undefined ? 0 : Math.floor((whole % first.seconds) / second.seconds);
  const head = `${many}\u00a0${first.word}`;
  return rest === 0 || second === undefined ? head : `${head} ${rest}\u00a0${second.word}`;
}
