// What a file of a source map is called: bundlers put schemes, roots, queries and ways up in front of and behind the name that people know.

const MAX_NAME = 1000;
const MAX_PATH = 10_000;
/** `webpack://shop/./src/a.ts`, `webpack-internal:///./src/a.ts`, `app:///a.js`, `http://cdn/src/a.ts`, `file:///home/x/a.ts`. */
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\//i;
/** Schemes whose "host" is the name of a build, not of a machine. */
const BUILD_SCHEME = /^(?:webpack|webpack-internal|app|rollup|vite|ng|meteor|turbopack|file)$/i;

/**
 * The path as a person would write it: without scheme, query (which bundlers use for hashes and loaders) and leading `./`, `../`
 * and `/`. A map that was made on the build machine has its roots: what they lead to is never opened.
 */
export function sourceName(source: string): string {
  const scheme = SCHEME.exec(source);
  let path = scheme === null ? source : source.slice(scheme[0].length);
  if (scheme === null) path = path.replace(/^webpack-internal:(?:\/\/)?/, '');
  path = path.replaceAll('\\', '/').replace(/[?#].*$/s, '');
  // A namespace of webpack, `(app-pages-browser)/./src/a.ts`.
  if (scheme !== null && BUILD_SCHEME.test(scheme[1] ?? '')) path = path.replace(/^\([^)]{1,100}\)\//, '');
  const clean = withoutDots(path.slice(0, MAX_PATH));
  return (clean === '' ? source : clean).slice(0, MAX_NAME);
}

/** A path with its steps up taken (`lib/../src/a.ts`); those that lead above its beginning are left out, as a leading slash is. */
function withoutDots(path: string): string {
  if (!/(?:^|\/)\.{0,2}\//.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** A source joined to the root of its map, as the specification says: the root comes first, with a slash between. */
export function rootedSource(root: string, source: string): string {
  if (root === '' || /^[a-z][a-z0-9+.-]*:/i.test(source) || source.startsWith('/')) return source;
  return root.endsWith('/') ? `${root}${source}` : `${root}/${source}`;
}
