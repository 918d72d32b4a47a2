// CodeView records: what ties a module to its debug information. RSDS and NB10 come from Microsoft's linkers (and
// Crashpad on macOS), BpEL from Breakpad for ELF.
import type { ByteReader } from '../../../base/byte-reader.ts';
import { readGuidHex } from '../guid.ts';
import type { ParseContext } from '../parse-context.ts';
import { decodeUtf8, spendString, untilNul } from '../strings.ts';

/** A CodeView record by kind; `raw` is one whose signature nobody has documented. */
export type CodeView =
  | { readonly kind: 'pdb70'; readonly guid: string; readonly age: number; readonly file: string }
  | { readonly kind: 'pdb20'; readonly timestamp: number; readonly age: number; readonly file: string }
  | { readonly kind: 'elf'; readonly buildId: Uint8Array }
  | { readonly kind: 'raw'; readonly signature: number };

const RSDS = 0x53445352;
const NB10 = 0x3031424e;
const BPEL = 0x4270454c;

/** Build ids are hashes; the longest in use has 32 bytes. */
const MAX_BUILD_ID_BYTES = 256;

/** Reads a CodeView record; null where it is too short to hold what its signature promises. */
export function readCodeView(context: ParseContext, record: ByteReader): CodeView | null {
  if (!record.has(0, 4)) return null;
  const signature = record.u32(0);
  switch (signature) {
    case RSDS:
      if (!record.has(0, 24)) return null;
      return {
        kind: 'pdb70',
        guid: readGuidHex(record, 4),
        age: record.u32(20),
        file: tail(context, record, 24),
      };
    case NB10:
      if (!record.has(0, 16)) return null;
      return {
        kind: 'pdb20',
        timestamp: record.u32(8),
        age: record.u32(12),
        file: tail(context, record, 16),
      };
    case BPEL:
      if (record.length - 4 > MAX_BUILD_ID_BYTES) return null;
      return { kind: 'elf', buildId: record.bytes.subarray(4) };
    default:
      return { kind: 'raw', signature };
  }
}

function tail(context: ParseContext, record: ByteReader, offset: number): string {
  if (!spendString(context, record.length - offset)) return '';
  return untilNul(decodeUtf8(record.bytes.subarray(offset)));
}
