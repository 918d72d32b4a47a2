// Writes the other forms of the JavaScript client from its one source, clients/javascript/mayday.js and mayday.d.ts: an ES module and a
// CommonJS module, each with its types.
//   node scripts/client-files.ts           writes them
//   node scripts/client-files.ts --check   fails where they are not what would be written
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../clients/javascript');
const NOTE = '// Written by scripts/client-files.ts from';

/** The files by name. Throws where the source has lost the places at which it is taken apart. */
function clientFiles(): ReadonlyMap<string, string> {
  const source = readFileSync(path.join(FOLDER, 'mayday.js'), 'utf8');
  const types = readFileSync(path.join(FOLDER, 'mayday.d.ts'), 'utf8');
  const [, head = '', library = ''] =
    /^([\s\S]*?\*\/\n)[\s\S]*?(function maydayLibrary\([\s\S]*)\);\n$/.exec(source) ?? [];
  const called = apiNames(types);
  if (library === '' || called.length === 0) throw new Error('mayday.js has another shape');
  const root = "typeof globalThis === 'object' ? globalThis : self";
  return new Map([
    [
      'mayday.mjs',
      `${NOTE} mayday.js.\n${head}const mayday = (${library})(${root}, null);\nexport default mayday;\nexport const { ${called.join(', ')} } = mayday;\n`,
    ],
    [
      'mayday.cjs',
      `${NOTE} mayday.js.\n${head}module.exports = (${library})(${root}, typeof require === 'function' ? require : null);\n` +
        `// Never run: what \`import { install }\` of Node may ask for is read from it.\n0 && (module.exports = { ${called.join(', ')} });\n`,
    ],
    ['mayday.d.cts', `${NOTE} mayday.d.ts.\n${types.replace('export as namespace Mayday;\n\n', '')}`],
    [
      'mayday.d.mts',
      `${NOTE} mayday.d.ts.\n${types
        .replace('export = mayday;', 'export default mayday;')
        .replace('export as namespace Mayday;\n\n', '')
        .replace('declare namespace mayday', 'export declare namespace mayday')}\n` +
        called.map((name) => `export declare const ${name}: mayday.Mayday['${name}'];\n`).join('') +
        [...types.matchAll(/^ {2}(?:interface|type) (\w+)/gm)]
          .map(([, name = '']) => name)
          .filter((name) => name !== 'Mayday')
          .map((name) => `export type ${name} = mayday.${name};\n`)
          .join(''),
    ],
  ]);
}

/** What an application can call, as the types say it. */
function apiNames(types: string): readonly string[] {
  const body = /interface Mayday \{([\s\S]*?)\n {2}\}/.exec(types)?.[1] ?? '';
  return [...body.matchAll(/^ {4}(?:readonly )?(\w+)(?:<[^(]*>)?[(:]/gm)].map(([, name = '']) => name);
}

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, text] of clientFiles()) {
  const file = path.join(FOLDER, name);
  if (!check) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) stale.push(name);
}
if (stale.length > 0) {
  process.stderr.write(`Stale: ${stale.join(', ')}. Run: node scripts/client-files.ts\n`);
  process.exitCode = 1;
}
