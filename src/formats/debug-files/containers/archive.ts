// Archives of objects (`lib.a`), which hold the debug information of programs of macOS that no dSYM was made for. The format of ar(5), with
// the long names of BSD.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileFormat, DebugImage, OpenedDebugFile } from '../debug-file.ts';
import { OBJECT, readMachoHeaders } from '../macho/macho-headers.ts';
import { MachoImage } from '../macho/macho-image.ts';
import { sliceOf } from '../section-cursor.ts';

const MAGIC = '!<arch>\n';
const MEMBER_HEADER_BYTES = 60;
const MAX_MEMBERS = 20_000;
const MAX_NAME_BYTES = 1024;

const decoder = new TextDecoder('latin1');

export const ARCHIVE: DebugFileFormat = {
  name: 'archive',
  matches: (start) => decoder.decode(start.subarray(0, MAGIC.length)) === MAGIC,
  open(file: RandomAccess): OpenedDebugFile {
    const images: DebugImage[] = [];
    let at = MAGIC.length;
    for (let i = 0; i < MAX_MEMBERS && at + MEMBER_HEADER_BYTES <= file.byteLength; i++) {
      const header = decoder.decode(file.read(at, MEMBER_HEADER_BYTES));
      const size = Number(header.slice(48, 58).trim());
      const start = at + MEMBER_HEADER_BYTES;
      if (!header.endsWith('`\n') || !Number.isInteger(size) || size < 0 || start + size > file.byteLength)
        return { ok: false, fault: 'the archive is cut off or damaged' };
      const { name, nameBytes } = memberName(file, header, start);
      const content = sliceOf(file, start + nameBytes, size - nameBytes);
      const headers = content.byteLength > 0 ? readMachoHeaders(content) : 'empty';
      if (typeof headers !== 'string' && headers.fileType === OBJECT)
        images.push(new MachoImage(content, headers, name));
      // Members begin at even places.
      at = start + size + (size % 2);
    }
    return images.length === 0
      ? { ok: false, fault: 'the archive holds no objects of macOS; others have no id until they are linked' }
      : { ok: true, images };
  },
};

/** `#1/20`: the name is so many bytes long, and stands before the content. */
function memberName(
  file: RandomAccess,
  header: string,
  start: number,
): { readonly name: string; readonly nameBytes: number } {
  const field = header.slice(0, 16).trim();
  const length = /^#1\/(\d{1,5})$/.exec(field)?.[1];
  if (length === undefined) return { name: field.replace(/\/$/, ''), nameBytes: 0 };
  const nameBytes = Math.min(Number(length), MAX_NAME_BYTES);
  return { name: decoder.decode(file.read(start, nameBytes)).replace(/\0+$/, ''), nameBytes };
}
