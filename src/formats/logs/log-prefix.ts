// What loggers, system logs and container tools put before each line: time, level, process, thread, logger. Found by its
// shape: a time or a mark that no trace begins with, then the fields that such formats have, each with its end.

/** A prefix at the start of a line. */
export interface LogPrefix {
  readonly length: number;
  /** Which writer it names; empty where it names none. */
  readonly stream: string;
}

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const CLOCK = String.raw`\d{1,2}:\d\d(?::\d\d(?:[.,:]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?`;
const ZONE = String.raw`(?: ?(?:Z|UTC|GMT|CES?T|[ECMP][SD]T|[+-]\d\d:?\d\d))?`;
const DAY_NAME = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
/** Times as they stand in logs; each alternative begins with something else, so that one look decides. */
const TIME = new RegExp(
  '^(?:' +
    [
      // ISO 8601, log4j, Python, Go's log, nginx, Serilog
      String.raw`\d{4}[-/.]\d\d[-/.]\d\d[T _]${CLOCK}${ZONE}`,
      // 02/Jan/2006:03:04:05 +0000, 02-Jan-2006 03:04:05.678, 02.01.2006 03:04:05, 1/2/2006, 3:04:05 PM
      String.raw`\d{1,2}[-/. ](?:${MONTHS}|\d\d?)[-/. ]\d{2,4}[: ,T]{1,2}${CLOCK}${ZONE}`,
      // Unreal
      String.raw`\d{4}\.\d\d\.\d\d-\d\d\.\d\d\.\d\d:\d{3}`,
      // logcat without the year
      String.raw`\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}`,
      // RFC 3164, java.util.logging, Apache
      String.raw`(?:${DAY_NAME},? )?(?:${MONTHS}) [ \d]?\d,?(?: \d{4},?)? ${CLOCK}(?: \d{4})?${ZONE}`,
      String.raw`${DAY_NAME},? [ \d]?\d (?:${MONTHS}) \d{4} ${CLOCK}${ZONE}`,
      // a clock alone, with its seconds
      String.raw`\d\d:\d\d:\d\d(?:[.,:]\d{1,9})?`,
      // seconds since 1970 or since the start, as bunyan's and Chromium's: nothing else has so many digits before a point
      String.raw`\d{10}\.\d{3,9}`,
    ].join('|') +
    ')',
);
const LEVEL =
  /^(?:\[ ?)?(?:TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRIT|CRITICAL|SEVERE|ALERT|EMERG|EMERGENCY|PANIC|DPANIC|VERBOSE|FINE|FINER|FINEST|CONFIG|[VDIWEF])(?: ?\]|:|,|(?= |\t|$|\|))(?! EXCEPTION)/;
/** In small letters only where a mark ends it: `fatal error: …` and `panic: …` are what a program said. */
const SMALL_LEVEL =
  /^(?:trace|debug|info|notice|warn|warning|error|err|crit|critical|fail|dbug|trce)(?::(?! Uncaught)|(?=\t))/;
const FIELD_BRACKET = /^\[[^\][\n]{0,120}\]:?/;
const FIELD_ANGLE = /^<\d{1,6}\.\d{1,6}\.\d{1,6}>/;
const FIELD_PAREN = /^\((?=[^)]{0,80}\)\s)[^)]{0,80}\)/;
/** A process or thread; the number of a frame is short, or has more blanks or a colon behind it. */
const FIELD_NUMBER = /^(?:\d{2,10}(?:[#/-]\d{1,10}:?)?(?= \S)|-{2,3}(?= )|[-|*>–—](?=\s))/;
const FIELD_PROCESS = /^[\w./@+-]{1,80}\[\d{1,10}\]:/;
const FIELD_KERNEL = /^kernel:/;
/** Annotations of GitHub Actions and Azure Pipelines. */
const FIELD_COMMAND = /^##\[\w{1,20}\]/;
/** containerd's and CRI-O's files: the stream, and whether the line is whole. */
const FIELD_CRI = /^(?:stdout|stderr) [FP](?= |$)/;
/** Apple's logs: process, its number and the thread's. */
const FIELD_APPLE = /^[\w.+-]{1,80}\[\d{1,10}:\d{1,10}\](?= )/;
/** Sidekiq's context of a job. */
const FIELD_JOB = /^pid=\d{1,10} tid=\w{1,20}(?: \w{1,20}=\S{1,120}){0,6}(?= [A-Z]{4,5}: )/;
/** Unreal's categories with their level. */
const FIELD_UNREAL = /^Log[A-Z]\w{1,40}: (?:Error|Warning|Display|Fatal|Log|Verbose|VeryVerbose):/;
/** A logger: dotted or not, ended by a dash or bar with blanks around it, or dotted (or a channel with its level) and ended by a colon. */
const FIELD_LOGGER = /^[A-Za-z_$][\w$./:-]{0,120}(?:\[\d{1,10}\])?(?= {1,20}(?:-|\||:|=>) )/;
const FIELD_COLON =
  /^(?:[A-Za-z_$][\w$-]{0,60}(?:[./][\w$*-]{1,60}){1,12}|[a-z]\w{0,30}\.[A-Z]{3,9})(?::\d{1,6})?:(?= |\t|$)/;
/** What ends in this is an exception and no logger. */
const THROWABLE =
  /(?:Exception|Error|Throwable|Failure|Fault|Interrupt|Exit|Warning|Panic)(?:\$\w{1,60}){0,3}:?$/;
const NUMBERED = /^\[\d{1,5}\]/;
const MAX_FIELDS = 10;
/** No prefix and line together are shorter. */
const MIN_LENGTH = 6;
const NAMED_TIME = /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

const LOGCAT_THREADTIME =
  /^(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}(?: [+-]\d{4})?\s+(?:[\w.]{1,30}\s+)?(\d{1,10})\s+(\d{1,10})\s+[VDIWEFAS]\s+([^:]{1,80}?)\s*: ?/;
const LOGCAT_TIME =
  /^(?:(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}\s+)?[VDIWEFA]\/([^():]{0,80}?)\s*\(\s*(\d{1,10})(?:\.\d+)?\): ?/;
const LOGCAT_STUDIO =
  /^(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6} {1,4}(\d{1,10}-\d{1,10})(?:\/[\w.?:-]{1,120})? +(?:[VDIWEFA]\/([^:]{1,80}): ?|([^\s:].{0,80}?) {2,}[\w.:-]{1,120} +[VDIWEFA] {2})/;
const LOGCAT_PROCESS = /^[VDIWEFA]\( {0,6}(\d{1,10})(?::0x[0-9a-f]{1,8})?\) /;
const LOGCAT_TAG = /^[VDIWEF]\/([\w.$-]{1,60})(?:\(\s*\d+\))?: /;
const SYSLOG_5424 =
  /^<\d{1,3}>\d{1,2} (?:\S{1,40}) (\S{1,255}) (\S{1,48}) (\S{1,128}) \S{1,32} (?:-|\[[^\n]{0,500}?\])(?: |$)(?:\ufeff)?/;
const PRIORITY = /^<\d{1,3}>/;
const KERNEL_TIME = /^\[ {0,6}\d{1,7}\.\d{3,9}\](?:\[ {0,8}[TC]\d{1,8}\])?(?: |$)/;
const KLOG = /^[IWE]\d{4,8} \d\d:\d\d:\d\d\.\d{3,9} {1,8}\d{1,10} [\w./-]{1,120}:\d{1,6}\] ?/;
const CHROMIUM =
  /^\[(?:\d{1,10}:){1,3}\d{4}\/\d{6}(?:\.\d{1,9})?:(?!FATAL)[A-Z]{3,10}[\d():A-Za-z_-]{0,20}:[\w./\\-]{1,200}(?::|\()\d{1,6}\)?\](?: |$)/;
const PODS = /^\[(?:pod|container)\/[\w./-]{1,200}\] /;
const SYSTEMD = /^([\w.@-]{1,80})\[(\d{1,10})\]: /;
const HOST = /^[A-Za-z0-9][\w.:-]{0,255} (?=[\w./@+() -]{1,80}(?:\[\d{1,10}\])?:(?: |$))/;
const PROGRAM = /^([\w./@+-]{1,80}(?:\[\d{1,10}\])?):(?= |$)/;
/** `web-1  | `, `app_1 | `: needs a neighbour of the same form, because tables look like it, too. */
const BARRED = /^([\w./-]{1,60}?)\s{1,40}\|(?: |$)/;
/** Ruby's Logger: `F, [2024-01-02T03:04:05.678901 #123] FATAL -- : `, with the tags of a request. */
const RUBY_LOGGER =
  /^[DIWEFAU], \[\d{4}-\d\d-\d\dT[\d:.]{8,20} ?#\d{1,10}\] {1,3}[A-Z]{3,7} -- [^:]{0,60}: (?:\[[\w-]{6,64}\] ){0,4}/;
const NPM = /^npm (?:ERR!|error|warn|WARN) ?/;

/** The prefix of a line, or null where it has none. `neighbour` is a line beside it, for forms that need one. */
export function logPrefix(line: string, neighbour = ''): LogPrefix | null {
  const code = line.charCodeAt(0);
  // Indented lines and those that end at once have none; this is asked for every line of every text.
  if (Number.isNaN(code) || code === 32 || code === 9 || line.length < MIN_LENGTH) return null;
  if (code >= 48 && code <= 57) return digits(line, neighbour);
  if (code === 91) return bracket(line);
  if (code === 60) return priority(line);
  return letters(line, neighbour);
}

function digits(line: string, neighbour: string): LogPrefix | null {
  const threadtime = LOGCAT_THREADTIME.exec(line);
  if (threadtime !== null)
    return found(threadtime[0], `${threadtime[1] ?? ''}/${threadtime[2] ?? ''}/${threadtime[3] ?? ''}`);
  const studio = LOGCAT_STUDIO.exec(line);
  if (studio !== null) return found(studio[0], `${studio[1] ?? ''}/${studio[2] ?? studio[3] ?? ''}`);
  const time = LOGCAT_TIME.exec(line);
  if (time !== null) return found(time[0], `${time[2] ?? ''}/${time[1] ?? ''}`);
  return timed(line, 0) ?? barred(line, neighbour);
}

function bracket(line: string): LogPrefix | null {
  const fixed = KERNEL_TIME.exec(line) ?? CHROMIUM.exec(line) ?? PODS.exec(line);
  if (fixed !== null) return found(fixed[0], '');
  return timed(line, 0);
}

function priority(line: string): LogPrefix | null {
  const rfc5424 = SYSLOG_5424.exec(line);
  if (rfc5424 !== null) return found(rfc5424[0], `${rfc5424[2] ?? ''}[${rfc5424[3] ?? ''}]`);
  const mark = PRIORITY.exec(line);
  if (mark === null) return null;
  const rest = line.slice(mark[0].length);
  const kernel = KERNEL_TIME.exec(rest);
  if (kernel !== null) return { length: mark[0].length + kernel[0].length, stream: '' };
  return timed(line, mark[0].length);
}

function letters(line: string, neighbour: string): LogPrefix | null {
  const second = line.charCodeAt(1);
  if (second === 47) {
    const logcat = LOGCAT_TIME.exec(line);
    if (logcat !== null) return found(logcat[0], `${logcat[2] ?? ''}/${logcat[1] ?? ''}`);
    const tagged = LOGCAT_TAG.exec(line);
    if (tagged !== null) return found(tagged[0], tagged[1] ?? '');
  }
  if (second === 40) {
    const process = LOGCAT_PROCESS.exec(line);
    if (process !== null) return found(process[0], process[1] ?? '');
  }
  if (second === 44) {
    const ruby = RUBY_LOGGER.exec(line);
    if (ruby !== null) return found(ruby[0], '');
  }
  const fixed = second >= 48 && second <= 57 ? KLOG.exec(line) : second === 112 ? NPM.exec(line) : null;
  if (fixed !== null) return found(fixed[0], '');
  const unreal = second === 111 ? FIELD_UNREAL.exec(line) : null;
  if (unreal !== null)
    return found(line.charCodeAt(unreal[0].length) === 32 ? `${unreal[0]} ` : unreal[0], '');
  const systemd = line.includes(']: ') ? SYSTEMD.exec(line) : null;
  if (systemd !== null) return found(systemd[0], `${systemd[1] ?? ''}[${systemd[2] ?? ''}]`);
  return (NAMED_TIME.test(line) ? timed(line, 0) : null) ?? barred(line, neighbour);
}

function barred(line: string, neighbour: string): LogPrefix | null {
  if (!line.includes('|')) return null;
  const bar = BARRED.exec(line);
  if (bar === null || BARRED.exec(neighbour) === null) return null;
  return found(bar[0], bar[1] ?? '');
}

/** A time, in brackets or not, and the fields behind it. */
function timed(line: string, from: number): LogPrefix | null {
  const opened = line.charCodeAt(from) === 91 || line.charCodeAt(from) === 40;
  const begin = opened ? from + 1 : from;
  const time = TIME.exec(line.slice(begin, begin + 64));
  if (time === null) return null;
  let at = begin + time[0].length;
  if (opened) {
    // The bracket may hold more than the time: `[2024-01-02 03:04:05.678][info]`, `[03:04:05 INF]`.
    const close = line.slice(at, at + 60).search(/[\])]/);
    if (close < 0) return null;
    at += close + 1;
  }
  if (at < line.length && !/[\s:,|[\]-]/.test(line.charAt(at))) return null;
  if (line.charAt(at) === ':' || line.charAt(at) === ',') at += 1;
  const host = HOST.exec(line.slice(at + 1, at + 400));
  if (host !== null && line.charAt(at) === ' ') {
    const program = PROGRAM.exec(line.slice(at + 1 + host[0].length, at + 500));
    // Only the form of RFC 3164 has programs without a number; elsewhere two words and a colon are what was said.
    if (program !== null && (program[0].endsWith(']:') || NAMED_TIME.test(line.slice(begin, begin + 3)))) {
      // What a system's log adds ends here; the blanks behind the first are the program's own.
      at += 1 + host[0].length + program[0].length;
      return { length: line.charCodeAt(at) === 32 ? at + 1 : at, stream: program[1] ?? '' };
    }
  }
  return { length: afterFields(line, at), stream: '' };
}

/** The end of the fields that begin at `at`: one blank behind the last belongs to them, the others are the message's. */
function afterFields(line: string, at: number): number {
  let end = at;
  for (let count = 0; count < MAX_FIELDS; count += 1) {
    const blanks = blanksAt(line, end);
    const field = fieldOf(line.slice(end + blanks, end + blanks + 200), blanks);
    if (field === 0) break;
    end += blanks + field;
  }
  const code = line.charCodeAt(end);
  // A tab may be the indentation of a frame.
  return code === 32
    ? end + 1
    : code === 9 &&
        !line.startsWith('\tat ', end) &&
        !line.startsWith('\t/', end) &&
        !line.startsWith('\t.', end)
      ? end + 1
      : end;
}

function fieldOf(rest: string, blanks: number): number {
  const level =
    LEVEL.exec(rest) ?? SMALL_LEVEL.exec(rest) ?? FIELD_BRACKET.exec(rest) ?? FIELD_PROCESS.exec(rest);
  if (level !== null) return blanks > 1 && NUMBERED.test(level[0]) ? 0 : level[0].length;
  // What is indented is the message's own.
  if (blanks > 1) return 0;
  const plain =
    FIELD_NUMBER.exec(rest) ??
    FIELD_KERNEL.exec(rest) ??
    FIELD_JOB.exec(rest) ??
    FIELD_CRI.exec(rest) ??
    FIELD_APPLE.exec(rest) ??
    FIELD_COMMAND.exec(rest) ??
    FIELD_UNREAL.exec(rest) ??
    FIELD_ANGLE.exec(rest) ??
    FIELD_PAREN.exec(rest);
  if (plain !== null) return plain[0].length;
  const logger = FIELD_LOGGER.exec(rest) ?? FIELD_COLON.exec(rest);
  return logger === null || THROWABLE.test(logger[0]) ? 0 : logger[0].length;
}

function blanksAt(line: string, at: number): number {
  let count = 0;
  while (count < 40 && line.charCodeAt(at + count) === 32) count += 1;
  return count;
}

function found(text: string, stream: string): LogPrefix {
  return { length: text.length, stream };
}
