// Cursors: the key of the last row of a page, opaque to callers.

/** The cursor after a row. */
export function cursorAfter(key: number): string {
  return key.toString(36);
}

/** The key in a cursor; null (the first page) for anything that is none. */
export function keyOfCursor(cursor: string | undefined): number | null {
  if (cursor === undefined || !/^[0-9a-z]{1,11}$/.test(cursor)) return null;
  const key = Number.parseInt(cursor, 36);
  return Number.isSafeInteger(key) && key > 0 ? key : null;
}
