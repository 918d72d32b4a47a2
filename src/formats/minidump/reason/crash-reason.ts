// Why a process died, and at which address: the exception record read in the words of its operating system.
import { pointerBytes } from '../cpu.ts';
import type { MinidumpException } from '../streams/exception.ts';
import type { SystemInfo } from '../streams/system-info.ts';
import { hex32 } from './hex.ts';
import { linuxReason } from './linux.ts';
import { macReason } from './macos.ts';
import { hasFaultAddress, windowsReason } from './windows.ts';

/** The reason as people search for it: `SIGSEGV / SEGV_MAPERR`, `EXCEPTION_ACCESS_VIOLATION_READ`. */
export function crashReason(exception: MinidumpException, system: SystemInfo | null): string {
  return reasonOfSystem(exception, system) ?? `unknown ${hex32(exception.code)} / ${hex32(exception.flags)}`;
}

/**
 * The address that the crash is about: the memory that was touched where the system tells, else the instruction. On
 * 32-bit processors some writers sign-extend it (0xffffffff80000045), so it is cut to 32 bits.
 */
export function crashAddress(exception: MinidumpException, system: SystemInfo | null): bigint {
  const touched = system?.os === 'windows' && hasFaultAddress(exception);
  const address = touched ? (exception.parameters[1] ?? 0n) : exception.address;
  return pointerBytes(system?.cpu ?? 'unknown') === 4 ? BigInt.asUintN(32, address) : address;
}

function reasonOfSystem(exception: MinidumpException, system: SystemInfo | null): string | null {
  switch (system?.os) {
    case 'windows':
      return windowsReason(exception);
    case 'linux':
    case 'android':
      return linuxReason(exception, system.cpu);
    case 'macos':
    case 'ios':
      return macReason(exception, system.cpu);
    default:
      return null;
  }
}
