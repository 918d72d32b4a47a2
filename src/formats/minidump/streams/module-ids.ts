// Debug and code identifiers of modules, printed as Breakpad prints them. A nil id identifies nothing and is absent:
// 187 fonts and caches with nil ids would otherwise all match the first symbol file that someone uploads with one.
import { hexOfBytes } from '../../../base/bytes.ts';
import { ByteReader } from '../../../base/byte-reader.ts';
import { GUID_BYTES, readGuidHex } from '../guid.ts';
import type { CodeView } from './code-view.ts';
import type { OsKind } from './system-info.ts';

/** What of a module record goes into its ids. */
export interface IdSource {
  readonly codeView: CodeView | null;
  readonly timestamp: number;
  readonly size: number;
  readonly os: OsKind;
  readonly littleEndian: boolean;
}

/** 32 upper-case digits and the age in lower-case hexadecimal; null where the module has no usable identity. */
export function debugId(source: IdSource): string | null {
  const { codeView } = source;
  switch (codeView?.kind) {
    case 'pdb70':
      return isNil(codeView.guid) ? null : codeView.guid + codeView.age.toString(16);
    case 'pdb20': {
      if (codeView.timestamp === 0) return null;
      return codeView.timestamp.toString(16).toUpperCase().padStart(8, '0') + codeView.age.toString(16);
    }
    case 'elf': {
      if (isZero(codeView.buildId)) return null;
      // lld writes build ids of 8 bytes; Breakpad fills them up with zeros to a GUID.
      const padded = new Uint8Array(GUID_BYTES);
      padded.set(codeView.buildId.subarray(0, GUID_BYTES));
      return `${readGuidHex(new ByteReader(padded, source.littleEndian), 0)}0`;
    }
    default:
      return null;
  }
}

/** Lower-case: ELF build id, Mach-O UUID, or timestamp and size of a Windows image. */
export function codeId(source: IdSource): string | null {
  const { codeView, os } = source;
  if (codeView?.kind === 'elf') {
    return isZero(codeView.buildId) ? null : hexOfBytes(codeView.buildId);
  }
  if (codeView?.kind === 'pdb70' && (os === 'macos' || os === 'ios')) return codeView.guid.toLowerCase();
  const image = source.timestamp.toString(16).padStart(8, '0') + source.size.toString(16);
  if (codeView?.kind === 'pdb70' || codeView?.kind === 'pdb20') return image;
  // Some Windows modules (wow64cpu.dll) have no CodeView record; their image id is still known to symbol servers.
  return codeView === null && os === 'windows' ? image : null;
}

function isNil(guid: string): boolean {
  return /^0*$/.test(guid);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
