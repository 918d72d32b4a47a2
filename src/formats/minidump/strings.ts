// Strings of minidumps: UTF-16 with a byte length (Microsoft), UTF-8 with a byte length (Crashpad), NUL-terminated.
import type { ByteReader } from '../../base/byte-reader.ts';
import type { ParseContext } from './parse-context.ts';

const utf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
const utf16le = new TextDecoder('utf-16le', { fatal: false, ignoreBOM: true });
const utf16be = new TextDecoder('utf-16be', { fatal: false, ignoreBOM: true });

/** UTF-8 text; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** UTF-16 text in the reader's byte order; unpaired surrogates become U+FFFD. */
export function decodeUtf16(window: ByteReader): string {
  const even = window.bytes.subarray(0, window.length - (window.length % 2));
  return (window.littleEndian ? utf16le : utf16be).decode(even);
}

/** The part of a text in front of its first NUL. */
export function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

/** MINIDUMP_STRING at a file offset: u32 length in bytes (even), then UTF-16; null where it is damaged or too long. */
export function readUtf16At(context: ParseContext, rva: number): string | null {
  const window = stringWindow(context, rva);
  return window === null || window.length % 2 !== 0 ? null : decodeUtf16(window);
}

/** Crashpad's MinidumpUTF8String at a file offset: u32 length in bytes, then UTF-8; null where damaged or too long. */
export function readUtf8At(context: ParseContext, rva: number): string | null {
  const window = stringWindow(context, rva);
  return window === null ? null : decodeUtf8(window.bytes);
}

/** Takes `size` bytes from what the strings of this dump may have in all; false, with one note, when it is used up. */
export function spendString(context: ParseContext, size: number): boolean {
  const { strings, notes, limits } = context;
  if (strings.left < 0) return false;
  strings.left -= size;
  if (strings.left >= 0) return true;
  notes.add(
    'strings',
    `the dump has more than ${limits.maxTotalStringBytes} bytes of strings; the rest is not read`,
  );
  return false;
}

function stringWindow(context: ParseContext, rva: number): ByteReader | null {
  if (!context.file.has(rva, 4)) return null;
  const size = context.file.u32(rva);
  if (size > context.limits.maxStringBytes) return null;
  const window = context.file.window(rva + 4, size);
  return window === null || !spendString(context, size) ? null : window;
}
