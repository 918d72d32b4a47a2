// EXC_RESOURCE and EXC_GUARD carry bit fields: the kind in the top three bits of the first code word, the rest in the
// second and third parameter (xnu osfmk/kern/exc_resource.h and exc_guard.h).
import type { MinidumpException } from '../streams/exception.ts';
import { hex64 } from './hex.ts';

type Names = Readonly<Record<string, string>>;

interface Kind {
  readonly name: string;
  readonly flavors: Names;
  /** Words for the known flavors. */
  readonly describe: (code: bigint, subcode: bigint) => string;
}

/** `count` bits of `value`, from bit `shift` upwards. */
function bits(value: bigint, shift: number, count: number): bigint {
  return BigInt.asUintN(count, value >> BigInt(shift));
}

const RESOURCES: Readonly<Record<number, Kind>> = {
  1: {
    name: 'RESOURCE_TYPE_CPU',
    flavors: { 1: 'FLAVOR_CPU_MONITOR', 2: 'FLAVOR_CPU_MONITOR_FATAL' },
    describe: (code, subcode) =>
      `interval: ${bits(code, 7, 25)}s CPU limit: ${bits(code, 0, 7)}% CPU consumed: ${bits(subcode, 0, 7)}%`,
  },
  2: {
    name: 'RESOURCE_TYPE_WAKEUPS',
    flavors: { 1: 'FLAVOR_WAKEUPS_MONITOR' },
    describe: (code, subcode) =>
      `interval: ${bits(code, 20, 20)}s wakeups permitted: ${bits(code, 0, 12)} ` +
      `wakeups observed: ${bits(subcode, 0, 12)}`,
  },
  3: {
    name: 'RESOURCE_TYPE_MEMORY',
    flavors: { 1: 'FLAVOR_HIGH_WATERMARK' },
    describe: (code) => `high watermark limit: ${bits(code, 0, 13)}MiB`,
  },
  4: {
    name: 'RESOURCE_TYPE_IO',
    flavors: { 1: 'FLAVOR_IO_PHYSICAL_WRITES', 2: 'FLAVOR_IO_LOGICAL_WRITES' },
    describe: (code, subcode) =>
      `interval: ${bits(code, 15, 17)}s I/O limit: ${bits(code, 0, 15)}% I/O observed: ${bits(subcode, 0, 15)}%`,
  },
  5: {
    name: 'RESOURCE_TYPE_THREADS',
    flavors: { 1: 'FLAVOR_THREADS_HIGH_WATERMARK' },
    describe: (code) => `high watermark limit: ${bits(code, 0, 15)}`,
  },
  6: {
    name: 'RESOURCE_TYPE_PORTS',
    flavors: { 1: 'FLAVOR_PORT_SPACE_FULL' },
    describe: (code) => `ports allocated: ${bits(code, 0, 24)}`,
  },
};

/** Flavors that are one bit each, by bit number from 0. */
function bitNames(names: readonly string[]): Names {
  return Object.fromEntries(names.map((name, bit) => [2 ** bit, `GUARD_EXC_${name}`]));
}

const MACH_PORT_FLAVORS: Names = {
  1: 'GUARD_EXC_DESTROY',
  2: 'GUARD_EXC_MOD_REFS',
  3: 'GUARD_EXC_INVALID_OPTIONS',
  4: 'GUARD_EXC_SET_CONTEXT',
  5: 'GUARD_EXC_THREAD_SET_STATE',
  ...Object.fromEntries(
    [
      'UNGUARDED',
      'INCORRECT_GUARD',
      'IMMOVABLE',
      'STRICT_REPLY',
      'MSG_FILTERED',
      'INVALID_RIGHT',
      'INVALID_NAME',
      'INVALID_VALUE',
      'INVALID_ARGUMENT',
      'RIGHT_EXISTS',
      'KERN_NO_SPACE',
      'KERN_FAILURE',
      'KERN_RESOURCE',
      'SEND_INVALID_REPLY',
      'SEND_INVALID_VOUCHER',
      'SEND_INVALID_RIGHT',
      'RCV_INVALID_NAME',
      'RCV_GUARDED_DESC',
      'MOD_REFS_NON_FATAL',
      'IMMOVABLE_NON_FATAL',
      'REQUIRE_REPLY_PORT_SEMANTICS',
      'EXCEPTION_BEHAVIOR_ENFORCE',
    ].map((name, index) => [2 ** (index + 3), `GUARD_EXC_${name}`]),
  ),
};

const GUARDS: Readonly<Record<number, Kind>> = {
  1: {
    name: 'GUARD_TYPE_MACH_PORT',
    flavors: MACH_PORT_FLAVORS,
    describe: (code, subcode) =>
      `port name: ${bits(code, 0, 28)}${subcode === 0n ? '' : ` subcode: ${subcode}`}`,
  },
  2: {
    name: 'GUARD_TYPE_FD',
    flavors: bitNames(['CLOSE', 'DUP', 'NOCLOEXEC', 'SOCKET_IPC', 'FILEPORT', 'MISMATCH', 'WRITE']),
    describe: (code, subcode) => `file descriptor: ${bits(code, 0, 28)} guard identifier: ${subcode}`,
  },
  4: {
    name: 'GUARD_TYPE_VN',
    flavors: bitNames([
      'RENAME_TO',
      'RENAME_FROM',
      'UNLINK',
      'WRITE_OTHER',
      'TRUNC_OTHER',
      'LINK',
      'EXCHDATA',
    ]),
    describe: (code, subcode) => `pid: ${bits(code, 0, 28)} guard identifier: ${subcode}`,
  },
  5: {
    name: 'GUARD_TYPE_VIRT_MEMORY',
    flavors: { 1: 'GUARD_EXC_DEALLOC_GAP' },
    describe: (_, subcode) => `offset: ${subcode}`,
  },
  6: {
    name: 'GUARD_TYPE_REJECTED_SC',
    flavors: { 0: 'GUARD_EXC_MACH_TRAP' },
    describe: (_, subcode) => `syscall: ${subcode}`,
  },
};

/** What follows `EXC_RESOURCE / `, or null for a kind of resource that is not known. */
export function resourceReason(exception: MinidumpException): string | null {
  const { flags, parameters } = exception;
  const kind = RESOURCES[flags >>> 29];
  const [, code = 0n, subcode = 0n] = parameters;
  if (kind === undefined) return null;
  const flavor = kind.flavors[bits(code, 58, 3).toString()];
  const detail =
    flavor === undefined ? `${hex64(code)} / ${hex64(subcode)}` : `${flavor} ${kind.describe(code, subcode)}`;
  return `${kind.name} / ${detail}`;
}

/** What follows `EXC_GUARD / `, or null for a kind of guard that is not known. */
export function guardReason(exception: MinidumpException): string | null {
  const { flags, parameters } = exception;
  const type = flags >>> 29;
  const [, code = 0n, subcode = 0n] = parameters;
  if (type === 0) return 'GUARD_TYPE_NONE';
  if (type === 3) {
    return `GUARD_TYPE_USER / namespace: ${bits(code, 0, 32)} guard identifier: ${subcode}`;
  }
  const kind = GUARDS[type];
  if (kind === undefined) return null;
  const flavor = kind.flavors[bits(code, 32, 29).toString()];
  const detail =
    flavor === undefined ? `${hex64(code)} / ${hex64(subcode)}` : `${flavor} ${kind.describe(code, subcode)}`;
  return `${kind.name} / ${detail}`;
}
