// Where to go after signing in: only paths of this server, never another site.

/** The path if it is local, else `/`. */
export function localPath(path: string | null | undefined): string {
  if (path === null || path === undefined || !path.startsWith('/') || path.length > 2000) return '/';
  // Browsers read `\` as `/` and drop tabs and line breaks, so "/\evil" and "/\t/evil" lead away.
  if (/[\\\u0000-\u001f]/.test(path) || path.startsWith('//')) return '/';
  const url = new URL(path, 'http://local');
  // `/.//evil` becomes `//evil` when resolved.
  if (url.origin !== 'http://local' || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}`;
}
