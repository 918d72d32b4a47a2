// Every relative link and image of every page leads to something: a file or folder of the repository, and where a heading is
// named, that heading.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SKIPPED = /^(node_modules|dist|crash_reports|\..*)$/;

interface Link {
  readonly page: string;
  readonly target: string;
}

function pagesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.test(entry.name)) return [];
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return pagesUnder(full);
    return entry.name.endsWith('.md') ? [full] : [];
  });
}

/** Without what stands in code, where brackets mean something else. */
function prose(page: string): string {
  return readFileSync(page, 'utf8')
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');
}

function linksOf(page: string): readonly Link[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, target = '']) =>
    /^[a-z][a-z+.-]*:/i.test(target) ? [] : [{ page, target }],
  );
}

/** Headings as the usual renderers name them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
  return new Set(
    [...text.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) =>
      heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function fault({ page, target }: Link): string | null {
  const [file = '', anchor] = decodeURI(target).split('#');
  const full = file === '' ? page : path.resolve(path.dirname(page), file);
  const shown = `${path.relative(ROOT, page)}: ${target}`;
  if (!full.startsWith(ROOT) || !existsSync(full)) return shown;
  if (anchor === undefined || !full.endsWith('.md') || !statSync(full).isFile()) return null;
  return anchorsOf(full).has(anchor) ? null : `${shown} (no such heading)`;
}

const pages = pagesUnder(ROOT);
const links = pages.flatMap(linksOf);

test('every relative link and image of the pages exists', () => {
  assert.ok(pages.length > 30 && links.length > 60, `${pages.length} pages, ${links.length} links`);
  assert.deepEqual(
    links.map(fault).filter((found) => found !== null),
    [],
  );
});

test('every page of docs/ is linked from another page', () => {
  const linked = new Set(
    links.map(({ page, target }) => path.resolve(path.dirname(page), decodeURI(target).split('#')[0] ?? '')),
  );
  const lonely = pages.filter(
    (page) =>
      page.startsWith(path.join(ROOT, 'docs') + path.sep) &&
      !linked.has(page) &&
      !linked.has(path.dirname(page)),
  );
  assert.deepEqual(
    lonely.map((page) => path.relative(ROOT, page)),
    [],
  );
});
