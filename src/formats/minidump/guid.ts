// GUIDs: 16 bytes of which the first three fields follow the byte order of the file.
import { hexOfBytes } from '../../base/bytes.ts';
import type { ByteReader } from '../../base/byte-reader.ts';

/** Length of a GUID in a file. */
export const GUID_BYTES = 16;

/** 32 upper-case hexadecimal digits, the form that Breakpad builds debug ids from. */
export function readGuidHex(reader: ByteReader, offset: number): string {
  const first = reader.u32(offset).toString(16).padStart(8, '0');
  const second = reader
    .u16(offset + 4)
    .toString(16)
    .padStart(4, '0');
  const third = reader
    .u16(offset + 6)
    .toString(16)
    .padStart(4, '0');
  const rest = hexOfBytes(reader.require(offset + 8, 8).bytes);
  return `${first}${second}${third}${rest}`.toUpperCase();
}

/** The same in the lower-case form with dashes, as Crashpad prints report and client ids. */
export function dashedGuid(hex: string): string {
  const low = hex.toLowerCase();
  return `${low.slice(0, 8)}-${low.slice(8, 12)}-${low.slice(12, 16)}-${low.slice(16, 20)}-${low.slice(20)}`;
}
