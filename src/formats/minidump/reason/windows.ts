// Crash reasons of Windows: exception codes (winnt.h), and behind them the error tables of winerror.h and ntstatus.h.
import type { MinidumpException } from '../streams/exception.ts';
import { hex32 } from './hex.ts';
// Names and numbers of winerror.h, ntstatus.h and winnt.h, as published in Microsoft's windows-sys metadata and
// golang.org/x/sys/windows. Keys are the codes in decimal.
import errors from './windows-errors.json' with { type: 'json' };

const ACCESS_VIOLATION = 0xc0000005;
const IN_PAGE_ERROR = 0xc0000006;
const STACK_BUFFER_OVERRUN = 0xc0000409;

/** Codes that structured exceptions use; some have another name as NTSTATUS. */
const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [0x80000001, 'EXCEPTION_GUARD_PAGE'],
  [0x80000002, 'EXCEPTION_DATATYPE_MISALIGNMENT'],
  [0x80000003, 'EXCEPTION_BREAKPOINT'],
  [0x80000004, 'EXCEPTION_SINGLE_STEP'],
  [ACCESS_VIOLATION, 'EXCEPTION_ACCESS_VIOLATION'],
  [IN_PAGE_ERROR, 'EXCEPTION_IN_PAGE_ERROR'],
  [0xc0000008, 'EXCEPTION_INVALID_HANDLE'],
  [0xc000001d, 'EXCEPTION_ILLEGAL_INSTRUCTION'],
  [0xc0000025, 'EXCEPTION_NONCONTINUABLE_EXCEPTION'],
  [0xc0000026, 'EXCEPTION_INVALID_DISPOSITION'],
  [0xc000008c, 'EXCEPTION_BOUNDS_EXCEEDED'],
  [0xc000008d, 'EXCEPTION_FLT_DENORMAL_OPERAND'],
  [0xc000008e, 'EXCEPTION_FLT_DIVIDE_BY_ZERO'],
  [0xc000008f, 'EXCEPTION_FLT_INEXACT_RESULT'],
  [0xc0000090, 'EXCEPTION_FLT_INVALID_OPERATION'],
  [0xc0000091, 'EXCEPTION_FLT_OVERFLOW'],
  [0xc0000092, 'EXCEPTION_FLT_STACK_CHECK'],
  [0xc0000093, 'EXCEPTION_FLT_UNDERFLOW'],
  [0xc0000094, 'EXCEPTION_INT_DIVIDE_BY_ZERO'],
  [0xc0000095, 'EXCEPTION_INT_OVERFLOW'],
  [0xc0000096, 'EXCEPTION_PRIV_INSTRUCTION'],
  [0xc00000fd, 'EXCEPTION_STACK_OVERFLOW'],
  [0xc0000194, 'EXCEPTION_POSSIBLE_DEADLOCK'],
  [0xe0434352, 'MANAGED_EXCEPTION_CODE_V4'],
  [0xe0434f4d, 'MANAGED_EXCEPTION_CODE'],
  // Chromium's allocator raises this one; MSVC throws C++ exceptions as 0xe0000000 + 'msc'.
  [0xe0000008, 'Out of Memory'],
  [0xe06d7363, 'Unhandled C++ Exception'],
  // Crashpad's own codes: a dump that the program asked for, and one that another process asked for.
  [0x0517a7ed, 'Simulated Exception'],
  [0x0cca11ed, 'Triggered Exception'],
]);

/** What the first parameter of an access violation says. */
const ACCESS: ReadonlyMap<bigint, string> = new Map([
  [0n, 'READ'],
  [1n, 'WRITE'],
  [8n, 'EXEC'],
]);

/** Facilities of HRESULT codes that wrap a Windows error; MSVC's delay loader is the one that crashes programs. */
const FACILITIES: ReadonlyMap<number, string> = new Map([[109, 'FACILITY_VISUALCPP']]);

const winErrors: Readonly<Record<string, string>> = errors.winError;
const ntStatuses: Readonly<Record<string, string>> = errors.ntStatus;
const fastFails: Readonly<Record<string, string>> = errors.fastFail;

/** Whether the second parameter of this exception is the address that was touched. */
export function hasFaultAddress(exception: MinidumpException): boolean {
  const { code, parameterCount } = exception;
  return (code === ACCESS_VIOLATION || code === IN_PAGE_ERROR) && parameterCount >= 2;
}

/** The reason in the words of Windows. */
export function windowsReason(exception: MinidumpException): string {
  const { code, parameters, parameterCount } = exception;
  const [first = 0n, , third = 0n] = parameters;
  const access = ACCESS.get(first);
  if (code === ACCESS_VIOLATION && parameterCount >= 1 && access !== undefined) {
    return `EXCEPTION_ACCESS_VIOLATION_${access}`;
  }
  if (code === IN_PAGE_ERROR && parameterCount >= 3 && access !== undefined) {
    return `EXCEPTION_IN_PAGE_ERROR_${access} / ${ntStatus(third)}`;
  }
  if (code === STACK_BUFFER_OVERRUN && parameterCount >= 1) {
    // __fastfail() gives its own code as the only parameter.
    const failure = first & 0xffffffffn;
    return `EXCEPTION_STACK_BUFFER_OVERRUN / ${fastFails[failure.toString()] ?? hex32(failure)}`;
  }
  return EXCEPTIONS.get(code) ?? windowsError(code);
}

/** The name of a Windows error or status code, such as GetLastError() gives. */
export function windowsError(code: number): string {
  return winErrors[code] ?? ntStatuses[code] ?? wrappedError(code) ?? `unknown ${hex32(code)}`;
}

function wrappedError(code: number): string | null {
  const severity = code >>> 28;
  const facility = FACILITIES.get((code >>> 16) & 0xfff);
  const name = winErrors[code & 0xffff];
  return severity !== 0 && facility !== undefined && name !== undefined ? `${facility} / ${name}` : null;
}

/** Status codes have 32 bits; writers leave anything in the upper half. */
function ntStatus(value: bigint): string {
  const status = value & 0xffffffffn;
  return ntStatuses[status.toString()] ?? hex32(status);
}
