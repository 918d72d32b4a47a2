// Bytes of a text part → text. Nothing is refused for its encoding: what cannot be read becomes U+FFFD and a note.
import { isUtf8 } from 'node:buffer';
import { parseHeaderParameters } from './header-parameters.ts';

/** A text, and what was odd about its bytes; null when nothing was. */
export interface DecodedText {
  readonly text: string;
  readonly oddity: string | null;
}

/** Decodes by the charset of a Content-Type; without one, or with one that is not known, as UTF-8. */
export function decodeText(bytes: Buffer, contentType: string | null): DecodedText {
  const charset =
    contentType === null || !contentType.includes('=')
      ? undefined
      : parseHeaderParameters(contentType).parameters.get('charset')?.toLowerCase();
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') {
    return decodeUtf8(bytes);
  }
  try {
    const text = new TextDecoder(charset, { fatal: false, ignoreBOM: true }).decode(bytes);
    return {
      text,
      oddity: text.includes('\uFFFD') ? `has bytes that are not valid ${charset.slice(0, 40)}` : null,
    };
  } catch {
    return {
      text: decodeUtf8(bytes).text,
      oddity: `names an unknown charset (${charset.slice(0, 40)}); read as UTF-8`,
    };
  }
}

/** Decodes UTF-8; bytes that are not become U+FFFD. */
export function decodeUtf8(bytes: Buffer): DecodedText {
  return {
    text: bytes.toString('utf8'),
    oddity: isUtf8(bytes) ? null : 'has bytes that are not valid UTF-8; they are kept as U+FFFD',
  };
}
