// Finds the values `blob:HASH` in a payload: attachments that the client sends on its own.
import type { BlobReference } from './understood-occurrence.ts';

const BLOB = /^blob:([A-Za-z0-9]{1,128})$/;
const MAX_BLOBS = 100;
const MAX_VALUES = 20_000;
const MAX_DEPTH = 20;

/** All references in a value, each with its path (`data.log`), in order. Bounded in number, depth and time. */
export function findBlobs(value: unknown, path = ''): readonly BlobReference[] {
  const found: BlobReference[] = [];
  let visited = 0;
  const visit = (item: unknown, at: string, depth: number): void => {
    visited += 1;
    if (visited > MAX_VALUES || found.length >= MAX_BLOBS || depth > MAX_DEPTH) return;
    if (typeof item === 'string') {
      const hash = item.startsWith('blob:') ? BLOB.exec(item)?.[1] : undefined;
      if (hash !== undefined) found.push({ path: at, hash });
    } else if (typeof item === 'object' && item !== null) {
      for (const key of Object.keys(item)) {
        if (visited > MAX_VALUES) return;
        const inner = (item as Readonly<Record<string, unknown>>)[key];
        // Nearly all values are texts without a reference: they are counted, and need no path.
        if (typeof inner === 'string' && !inner.startsWith('blob:')) {
          visited += 1;
          continue;
        }
        visit(inner, at === '' ? key : `${at}.${key}`, depth + 1);
      }
    }
  };
  visit(value, path, 0);
  return found;
}
