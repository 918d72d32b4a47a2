// Mayday's client libraries as downloads, for anyone: the machine that fetches them is seldom the one that is signed in.
// The files are those of clients/, in a clone and in the package alike; nothing else in there can be asked for.
import { readFile } from 'node:fs/promises';
import type { Hono } from 'hono';
import { etag } from 'hono/etag';

const FOLDER = new URL('../../../clients/', import.meta.url);

/** Folder of a language in clients/ → what it gives out: the library first, then what helps to use it. */
export const LIBRARY_FILES = {
  python: ['mayday.py', 'README.md', 'sample/sample.py'],
  javascript: [
    'mayday.js',
    'mayday.d.ts',
    'README.md',
    'sample/sample.js',
    'sample/index.html',
    'sample/browser-sample.js',
  ],
  java: ['Mayday.java', 'README.md', 'sample/Sample.java'],
  csharp: ['Mayday.cs', 'README.md', 'sample/Sample.cs'],
  php: ['mayday.php', 'README.md', 'sample/sample.php'],
  ruby: ['mayday.rb', 'README.md', 'sample/sample.rb'],
  go: ['mayday.go', 'README.md', 'sample/main.go'],
  // Every README refers to it.
  contract: ['README.md'],
} as const;

/** A folder of clients/ that is served. */
export type LibraryFolder = keyof typeof LIBRARY_FILES;

/** The path of a file on this server. */
export function libraryPath(folder: LibraryFolder, file: string): string {
  return `/clients/${folder}/${file}`;
}

/** Adds one route for each file. Always plain text to be saved: this server is nobody's script host. */
export function addLibraryFiles(app: Hono): void {
  app.use('/clients/*', etag());
  for (const [folder, files] of Object.entries(LIBRARY_FILES) as [LibraryFolder, readonly string[]][]) {
    for (const file of files) {
      app.get(libraryPath(folder, file), async (c) =>
        c.body(await readFile(new URL(`${folder}/${file}`, FOLDER), 'utf8'), 200, {
          'Content-Type': 'text/plain; charset=utf-8',
          'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
          // A newer Mayday has newer libraries; asking costs one 304.
          'Cache-Control': 'public, no-cache',
        }),
      );
    }
  }
}
