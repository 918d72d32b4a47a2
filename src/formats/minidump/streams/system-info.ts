// SystemInfo stream (7): processor, operating system and its version. Everything else is read in its light.
import { latin1OfBytes } from '../../../base/bytes.ts';
import type { ByteReader } from '../../../base/byte-reader.ts';
import { type CpuKind, cpuKind } from '../cpu.ts';
import type { ParseContext } from '../parse-context.ts';
import { readUtf16At, untilNul } from '../strings.ts';

/** Operating system families that change how a dump is read. */
export type OsKind =
  | 'windows'
  | 'macos'
  | 'ios'
  | 'linux'
  | 'solaris'
  | 'android'
  | 'ps3'
  | 'nacl'
  | 'fuchsia'
  | 'unknown';

/** The machine that a dump comes from. */
export interface SystemInfo {
  readonly architecture: number;
  readonly cpu: CpuKind;
  readonly cpuInfo: string | null;
  readonly cpuCount: number;
  readonly platformId: number;
  readonly os: OsKind;
  /** `10.0.19042`, `5.10.28`. */
  readonly osVersion: string;
  /** Windows service pack, macOS build, or the rest of `uname` on Linux. */
  readonly osBuild: string | null;
}

// MINIDUMP_SYSTEM_INFO, 56 bytes: architecture u16, level u16, revision u16, processors u8, product type u8,
// major u32, minor u32, build u32, platform u32, csd rva u32, suite u16, reserved u16, then 24 bytes of CPU data.
const RECORD_BYTES = 56;
const CPU_DATA = 32;

const PLATFORMS: ReadonlyMap<number, OsKind> = new Map<number, OsKind>([
  [1, 'windows'],
  [2, 'windows'],
  [0x8101, 'macos'],
  [0x8102, 'ios'],
  [0x8201, 'linux'],
  [0x8202, 'solaris'],
  [0x8203, 'android'],
  [0x8204, 'ps3'],
  [0x8205, 'nacl'],
  [0x8206, 'fuchsia'],
]);

/** Reads the SystemInfo stream. */
export function readSystemInfo(context: ParseContext, stream: ByteReader): SystemInfo {
  const record = stream.require(0, RECORD_BYTES);
  const architecture = record.u16(0);
  const cpu = cpuKind(architecture);
  const platformId = record.u32(20);
  const os = PLATFORMS.get(platformId) ?? 'unknown';
  const csd = readUtf16At(context, record.u32(24));
  if (cpu === 'unknown') context.notes.add('SystemInfo', `processor architecture ${architecture} is unknown`);
  const version = [record.u32(8), record.u32(12), record.u32(16)].join('.');
  return {
    architecture,
    cpu,
    cpuInfo: describeCpu(record, cpu),
    cpuCount: record.u8(6),
    platformId,
    os,
    ...osParts(os, version, csd === null ? '' : untilNul(csd)),
  };
}

/**
 * Version and build. Breakpad's Linux writer leaves the version at 0.0.0 and puts `uname -srvmo` into the build
 * string ("Linux 3.13.0-53-generic #89-Ubuntu SMP … x86_64"), so both are taken out of that.
 */
function osParts(os: OsKind, version: string, csd: string): Pick<SystemInfo, 'osVersion' | 'osBuild'> {
  const build = csd.trim() === '' ? null : csd.trim();
  if (os !== 'linux' || version !== '0.0.0') return { osVersion: version, osBuild: build };
  const words = csd.split(' ').slice(1);
  const release = words.shift();
  if (release === undefined || release === '0.0.0') return { osVersion: version, osBuild: build };
  if (words.pop() === 'Linux/GNU') words.pop();
  return { osVersion: release, osBuild: words.join(' ') };
}

function describeCpu(record: ByteReader, cpu: CpuKind): string | null {
  const level = record.u16(2);
  const revision = record.u16(4);
  if (cpu === 'x86' || cpu === 'amd64') {
    const model = `family ${level} model ${revision >> 8} stepping ${revision & 0xff}`;
    if (cpu === 'amd64') return model;
    const vendor = latin1OfBytes(record.bytes.subarray(CPU_DATA, CPU_DATA + 12));
    return `${untilNul(vendor)} ${model}`;
  }
  if (cpu === 'arm') return describeArm(level, record.u32(CPU_DATA), record.u32(CPU_DATA + 4));
  return null;
}

/** Implementer and part numbers of the ARM main id register (ARM Architecture Reference Manual, MIDR). */
const ARM_IMPLEMENTERS: ReadonlyMap<number, string> = new Map([
  [0x41, 'ARM'],
  [0x51, 'Qualcomm'],
  [0x56, 'Marvell'],
  [0x69, 'Intel/Marvell'],
]);

const ARM_PARTS: ReadonlyMap<number, string> = new Map([
  [0x4100c050, 'Cortex-A5'],
  [0x4100c080, 'Cortex-A8'],
  [0x4100c090, 'Cortex-A9'],
  [0x4100c0f0, 'Cortex-A15'],
  [0x4100c140, 'Cortex-R4'],
  [0x4100c150, 'Cortex-R5'],
  [0x4100b360, 'ARM1136'],
  [0x4100b560, 'ARM1156'],
  [0x4100b760, 'ARM1176'],
  [0x4100b020, 'ARM11-MPCore'],
  [0x41009260, 'ARM926'],
  [0x41009460, 'ARM946'],
  [0x41009660, 'ARM966'],
  [0x510006f0, 'Krait'],
  [0x510000f0, 'Scorpion'],
]);

/** Names of the ELF hardware capability bits (Linux arch/arm hwcap.h), in bit order. */
const ARM_FEATURES = [
  'swp',
  'half',
  'thumb',
  '26bit',
  'fastmult',
  'fpa',
  'vfpv2',
  'edsp',
  'java',
  'iwmmxt',
  'crunch',
  'thumbee',
  'neon',
  'vfpv3',
  'vfpv3d16',
  'tls',
  'vfpv4',
  'idiva',
  'idivt',
];

function describeArm(level: number, cpuid: number, capabilities: number): string {
  const words = [`ARMv${level}`];
  if (cpuid !== 0) {
    const implementer = cpuid >>> 24;
    const part = (cpuid & 0xff00fff0) >>> 0;
    const partName = ARM_PARTS.get(part);
    words.push(ARM_IMPLEMENTERS.get(implementer) ?? `vendor(0x${implementer.toString(16)})`);
    words.push(partName ?? `part(0x${part.toString(16)})`);
  }
  const features = ARM_FEATURES.filter((_, bit) => (capabilities & (1 << bit)) !== 0);
  if (features.length > 0) words.push(`features: ${features.join(',')}`);
  return words.join(' ');
}
