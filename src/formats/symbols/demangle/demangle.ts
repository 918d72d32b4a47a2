// The readable name of a function whose symbol is mangled, whatever compiler did it. Names that are none of the known forms, or too large,
// stay as they are.
import { demangleItanium } from './itanium.ts';
import { demangleMicrosoft } from './microsoft.ts';
import { demangleRustLegacy } from './rust-legacy.ts';
import { demangleRustV0 } from './rust-v0.ts';

/** Demangles a name. */
export function demangle(name: string): string {
  if (/^_{1,4}Z/.test(name)) return demangleRustLegacy(name) ?? demangleItanium(name) ?? name;
  if (/^_{1,2}R[A-Z]/.test(name)) return demangleRustV0(name) ?? name;
  return name.startsWith('?') ? (demangleMicrosoft(name) ?? name) : name;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The same for a name in UTF-8, as files have it. */
export function demangledBytes(name: Uint8Array): Uint8Array {
  const [first, second] = name;
  const isMangled =
    first === 0x3f || (first === 0x5f && (second === 0x5a || second === 0x52 || second === 0x5f));
  return isMangled ? encoder.encode(demangle(decoder.decode(name))) : withoutRustHash(name);
}

/** `::h` and sixteen digits. */
const HASH_BYTES = 19;

/** Tools that demangle Rust's older names may leave the hash of the build behind them. */
function withoutRustHash(name: Uint8Array): Uint8Array {
  const at = name.length - HASH_BYTES;
  if (at <= 0 || name[at] !== 0x3a || name[at + 1] !== 0x3a || name[at + 2] !== 0x68) return name;
  for (let i = at + 3; i < name.length; i++) {
    const byte = name[i] ?? 0;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return name;
  }
  return name.subarray(0, at);
}
