// The small text files that Linux writers copy into the dump: lsb-release, /proc/cpuinfo, /proc/<pid>/status and
// /proc/<pid>/limits.
import type { ByteReader } from '../../../base/byte-reader.ts';
import type { ParseContext } from '../parse-context.ts';
import { decodeUtf8 } from '../strings.ts';

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

/** Key and value of each line `key<separator>value`, without surrounding blanks and quotes. */
export function keyValues(
  context: ParseContext,
  stream: ByteReader,
  separator: '=' | ':',
): readonly (readonly [string, string])[] {
  return textOf(context, stream)
    .split('\n')
    .flatMap((line) => {
      const at = line.indexOf(separator);
      return at === -1 ? [] : [[unquote(line.slice(0, at)), unquote(line.slice(at + 1))] as const];
    });
}

/** Reads the LinuxLsbRelease stream. */
export function readLsbRelease(context: ParseContext, stream: ByteReader): LsbRelease {
  const found = new Map(keyValues(context, stream, '='));
  const first = (...keys: readonly string[]): string =>
    keys.map((key) => found.get(key)).find((value) => value !== undefined) ?? '';
  return {
    id: first('DISTRIB_ID', 'ID'),
    release: first('DISTRIB_RELEASE', 'VERSION_ID'),
    codename: first('DISTRIB_CODENAME', 'VERSION_CODENAME'),
    description: first('DISTRIB_DESCRIPTION', 'PRETTY_NAME'),
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
  const lines = textOf(context, stream)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.slice(1).flatMap((line) => {
    const [name, soft, hard, unit] = line
      .split('  ')
      .map((column) => column.trim())
      .filter((column) => column !== '');
    if (name === undefined || soft === undefined || hard === undefined) return [];
    return [{ name, soft: limit(soft), hard: limit(hard), unit: unit ?? 'n/a' }];
  });
}

/** JSON text of the MozSoftErrors stream, as a value; null with a note where it is no JSON. */
export function readSoftErrors(context: ParseContext, stream: ByteReader): unknown {
  try {
    const value: unknown = JSON.parse(textOf(context, stream));
    return value;
  } catch {
    context.notes.add('MozSoftErrors', 'the stream is not JSON');
    return null;
  }
}

function limit(text: string): number | 'unlimited' {
  if (text === 'unlimited') return 'unlimited';
  return /^\d{1,20}$/.test(text) ? Number(text) : 0;
}

function textOf(context: ParseContext, stream: ByteReader): string {
  return decodeUtf8(stream.bytes.subarray(0, context.limits.maxTextBytes));
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const quoted = /^"(.*)"$/s.exec(trimmed);
  return quoted?.[1] ?? trimmed;
}
