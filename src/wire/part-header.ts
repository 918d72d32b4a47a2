// The header of one part of a multipart body: the three facts that matter, from lines that anybody may have written.
import { parseHeaderParameters } from './header-parameters.ts';

/** What a part says about itself. */
export interface PartHeader {
  /** Null where the part has no name. */
  readonly name: string | null;
  /** Null where it has no file name; the empty text where it has an empty one. */
  readonly filename: string | null;
  readonly contentType: string | null;
}

// What nearly every client sends; everything else takes the patient way.
const PLAIN =
  /^content-disposition: form-data; name="([^"\\;\r\n]*)"(?:; filename="([^"\\;\r\n]*)")?(?:\r\ncontent-type: ([^\s"]+))?$/i;

/** Reads header lines without the empty line at their end. Lines that are no header fields are passed over. */
export function parsePartHeader(text: string): PartHeader {
  const plain = PLAIN.exec(text);
  if (plain !== null) {
    return { name: plain[1] ?? null, filename: plain[2] ?? null, contentType: plain[3] ?? null };
  }
  let name: string | null = null;
  let filename: string | null = null;
  let contentType: string | null = null;
  for (const line of unfold(text)) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const field = line.slice(0, colon).trim().toLowerCase();
    if (field === 'content-type') {
      contentType ??= line.slice(colon + 1).trim();
    } else if (field === 'content-disposition' && name === null) {
      const value = line.slice(colon + 1).trim();
      const { parameters } = parseHeaderParameters(value);
      name = parameters.get('name') ?? null;
      filename = extendedValue(parameters.get('filename*')) ?? parameters.get('filename') ?? null;
    }
  }
  return { name, filename, contentType: contentType === '' ? null : contentType };
}

/** The lines, where a line that begins with white space goes on with the one before it (RFC 5322, section 2.2.3). */
function unfold(text: string): readonly string[] {
  const lines = text.split('\r\n');
  if (!text.includes('\n ') && !text.includes('\n\t')) return lines;
  const unfolded: string[] = [];
  for (const line of lines) {
    const last = unfolded.length - 1;
    if (last >= 0 && (line.startsWith(' ') || line.startsWith('\t'))) {
      unfolded[last] = `${unfolded[last]} ${line.trim()}`;
    } else unfolded.push(line);
  }
  return unfolded;
}

/** `UTF-8''na%C3%AFve.txt` (RFC 8187), or null where it is not of that form. */
function extendedValue(value: string | undefined): string | null {
  const match = /^utf-8'[^']*'(.*)$/is.exec(value ?? '');
  if (match === null) return null;
  try {
    return decodeURIComponent(match[1] ?? '');
  } catch {
    return null;
  }
}
