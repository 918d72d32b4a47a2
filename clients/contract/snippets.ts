// The pieces of code in docs/bridges: each is written to a folder of its own before programs use it, so that the pages cannot rot.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const BRIDGES = path.resolve(import.meta.dirname, '../../docs/bridges');

/** The pieces of a page by file name: fenced code that names a file (```python file=log.py). Throws where there is none. */
export function snippetsOf(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(path.join(BRIDGES, `${page}.md`), 'utf8');
  const found = new Map<string, string>();
  for (const [, file = '', code = ''] of text.matchAll(/^```\w+ file=(\S+)\n([\s\S]*?)^```$/gm)) {
    if (found.has(file)) throw new Error(`docs/bridges/${page}.md has two pieces named ${file}`);
    found.set(file, code);
  }
  if (found.size === 0) throw new Error(`docs/bridges/${page}.md has no code that names a file`);
  return found;
}

/** Writes a page's pieces into a folder (a new one where none is given), which it returns. */
export function snippetFolder(
  page: string,
  folder = mkdtempSync(path.join(tmpdir(), `mayday-${page}-`)),
): string {
  for (const [file, code] of snippetsOf(page)) {
    const target = path.join(folder, file);
    if (existsSync(target)) throw new Error(`${target} is there already`);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return folder;
}
