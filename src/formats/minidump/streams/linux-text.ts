// The small text files that Linux writers copy into the dump: lsb-release, /proc/cpuinfo, /proc/<pid>/status and
// /proc/<pid>/limits.
import type { ByteReader } from '../../../base/byte-reader.ts';
import type { ParseContext } from '../parse-context.ts';
import { decodeUtf8 } from '../strings.ts';
import { linesOf } from '../text-lines.ts';

/** The distribution, from /etc/lsb-release or /etc/os-release. */
export interface LsbRelease {
  readonly id: string;
  readonly release: string;
  readonly codename: string;
  readonly description: string;
}

/** One line of /proc/<pid>/limits. */
export interface ProcLimit {
  readonly name: string;
  readonly soft: number | 'unlimited';
  readonly hard: number | 'unlimited';
  readonly unit: string;
}

/** Most lines of a text that are looked at; the longest of these files, /proc/cpuinfo, has 30 for each processor. */
const MAX_LINES = 65_536;

/** Longer lines are no such text; patterns would backtrack through them. */
const MAX_LINE_LENGTH = 65_536;

/** Most levels of the JSON of soft errors; deeper values would overflow the stack of whoever writes them out. */
const MAX_JSON_DEPTH = 64;

/** Key and value of each line `key<separator>value`, without surrounding blanks and quotes. */
function keyValues(
  context: ParseContext,
  stream: ByteReader,
  separator: '=' | ':',
): readonly (readonly [string, string])[] {
  return someLines(context, stream).flatMap((line) => {
    const at = line.indexOf(separator);
    return at === -1 ? [] : [[unquote(line.slice(0, at)), unquote(line.slice(at + 1))] as const];
  });
}

/** Reads the LinuxLsbRelease stream. */
export function readLsbRelease(context: ParseContext, stream: ByteReader): LsbRelease {
  // The two files name the same things differently; where a writer put both into the stream, the later line counts.
  const entries = keyValues(context, stream, '=').toReversed();
  const last = (...keys: readonly string[]): string => entries.find(([key]) => keys.includes(key))?.[1] ?? '';
  return {
    id: last('DISTRIB_ID', 'ID'),
    release: last('DISTRIB_RELEASE', 'VERSION_ID'),
    codename: last('DISTRIB_CODENAME', 'VERSION_CODENAME'),
    description: last('DISTRIB_DESCRIPTION', 'PRETTY_NAME'),
  };
}

/** The process id in the LinuxProcStatus stream. */
export function readProcStatusPid(context: ParseContext, stream: ByteReader): number | null {
  const pid = keyValues(context, stream, ':').find(([key]) => key === 'Pid')?.[1];
  return pid !== undefined && /^\d{1,10}$/.test(pid) ? Number(pid) : null;
}

/** The microcode version in the LinuxCpuInfo stream. */
export function readMicrocode(context: ParseContext, stream: ByteReader): bigint | null {
  const value = keyValues(context, stream, ':').find(([key]) => key === 'microcode')?.[1];
  return value !== undefined && /^0x[0-9a-f]{1,16}$/i.test(value) ? BigInt(value) : null;
}

/** Reads the MozLinuxLimits stream: columns are parted by two or more blanks, names contain single ones. */
export function readProcLimits(context: ParseContext, stream: ByteReader): ProcLimit[] {
  const lines = someLines(context, stream);
  return lines.slice(1).flatMap((line) => {
    const [name, soft, hard, unit] = line
      .split('  ')
      .map((column) => column.trim())
      .filter((column) => column !== '');
    if (name === undefined || soft === undefined || hard === undefined) return [];
    return [{ name, soft: limit(soft), hard: limit(hard), unit: unit ?? 'n/a' }];
  });
}

/** JSON text of the MozSoftErrors stream, as a value; null with a note where it is no JSON or nested too deep. */
export function readSoftErrors(context: ParseContext, stream: ByteReader): unknown {
  const text = textOf(context, stream);
  if (jsonDepth(text) > MAX_JSON_DEPTH) {
    context.notes.add('MozSoftErrors', 'the JSON is nested too deep');
    return null;
  }
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    context.notes.add('MozSoftErrors', 'the stream is not JSON');
    return null;
  }
}

/** How deep brackets are nested outside of strings. A loop: a pattern would backtrack through megabytes. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') inString = !inString;
    else if (inString && char === '\\') at += 1;
    else if (!inString && (char === '[' || char === '{')) deepest = Math.max(deepest, (depth += 1));
    else if (!inString && (char === ']' || char === '}')) depth -= 1;
  }
  return deepest;
}

/** Lines that are not blank. */
function someLines(context: ParseContext, stream: ByteReader): string[] {
  const lines: string[] = [];
  for (const line of linesOf(textOf(context, stream))) {
    if (lines.length === MAX_LINES) break;
    if (line.length <= MAX_LINE_LENGTH && line.trim() !== '') lines.push(line);
  }
  return lines;
}

function limit(text: string): number | 'unlimited' {
  if (text === 'unlimited') return 'unlimited';
  return /^\d{1,20}$/.test(text) ? Number(text) : 0;
}

function textOf(context: ParseContext, stream: ByteReader): string {
  return decodeUtf8(stream.part(0, context.limits.maxTextBytes));
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const quoted = /^"(.*)"$/s.exec(trimmed);
  return quoted?.[1] ?? trimmed;
}
