// The table of docs/conformance.md: which test holds which sentence of the five specifications. Tests say it themselves, in comments
// `// Holds: <id>, <id>` above them; this file collects those and writes the page.
import { globSync, readFileSync } from 'node:fs';
import { NATIVE_SENTENCES } from './native-sentences.ts';
import { SPECIFICATIONS } from './sentences.ts';

const MARK = /^\s*\/\/ Holds: (.+)$/;
const CALL = /\b(?:test|it)\(\s*$|\b(?:test|it)\(\s*(['"`])((?:\\.|(?!\1).)+)\1/;
const TITLE = /^\s*(['"`])((?:\\.|(?!\1).)+)\1/;

/** A test that holds sentences. */
export interface Holder {
  readonly file: string;
  /** As it stands in the file; of a title that is made, `${…}` for what is filled in. */
  readonly title: string;
  readonly ids: readonly string[];
}

/** Every test with a mark. Throws where a mark stands above something else. */
export function holders(): readonly Holder[] {
  return globSync(['test/**/*.test.ts', 'system/**/*.test.ts'])
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted()
    .flatMap((file) => holdersOf(file, readFileSync(file, 'utf8').split('\n')));
}

/** The marked tests of one file. */
export function holdersOf(file: string, lines: readonly string[]): readonly Holder[] {
  const found: Holder[] = [];
  let ids: string[] = [];
  for (const [at, line] of lines.entries()) {
    const mark = MARK.exec(line)?.[1];
    if (mark !== undefined) {
      ids.push(...mark.split(',').map((id) => id.trim()));
      continue;
    }
    if (ids.length === 0) continue;
    const call = CALL.exec(line);
    const title = call?.[2] ?? (call === null ? undefined : TITLE.exec(lines[at + 1] ?? '')?.[2]);
    if (title === undefined) throw new Error(`${file}:${at + 1}: a mark "Holds:" stands above no test`);
    found.push({ file, title: title.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll(/\\(['"`])/g, '$1'), ids });
    ids = [];
  }
  return found;
}

/** The page. */
export function conformancePage(): string {
  const all = holders();
  const total = SPECIFICATIONS.reduce((sum, { sentences }) => sum + sentences.length, 0);
  const held = SPECIFICATIONS.flatMap(({ sentences }) => sentences).filter(
    ({ because }) => because === undefined,
  ).length;
  const parts = SPECIFICATIONS.map(({ title, sentences }) => {
    const rows = sentences.map(({ id, lines: [from, to], says, because }) => {
      const tests = all
        .filter(({ ids }) => ids.includes(id))
        .map(({ file, title: name }) => `\`${file}\`: ${cell(name)}`);
      const where = from === to ? `${from}` : `${from}–${to}`;
      return `| ${where} | ${cell(says)} | ${because === undefined ? tests.join('<br>') : `none: it ${because}`} |`;
    });
    return [`## ${title}`, '', '| lines | what it says | held by |', '| --- | --- | --- |', ...rows].join(
      '\n',
    );
  });
  return `# Conformance

Every sentence of the five specifications that Mayday implements, in our words, with the lines where it stands there and the tests that hold it.
Of ${total} sentences ${held} are held; of the others it is said why there is nothing to hold.

This page is made from the tests: each says in a comment \`// Holds: <id>\` which sentences it holds, and \`node scripts/conformance.ts\` writes
the page anew. A test compares the two, so that neither can change without the other, and a sentence that loses its last test is a failure.

${parts.join('\n\n')}

${nativePart(all)}
`;
}

/** Native crashes have no specification of others: what Mayday promises of them, with the pages that describe it. */
function nativePart(all: readonly Holder[]): string {
  const rows = NATIVE_SENTENCES.map(({ id, page, says }) => {
    const tests = all
      .filter(({ ids }) => ids.includes(id))
      .map(({ file, title }) => `\`${file}\`: ${cell(title)}`);
    return `| [${page}](${page}) | ${cell(says)} | ${tests.join('<br>')} |`;
  });
  return ['## Native', '', '| page | what it says | held by |', '| --- | --- | --- |', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
