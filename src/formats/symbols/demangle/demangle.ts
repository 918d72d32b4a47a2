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
  return isMangled ? encoder.encode(demangle(decoder.decode(name))) : name;
}
