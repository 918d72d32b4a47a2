// Builds the packages of the client libraries for the registries of their languages, each from the one file in clients/. Nothing is published.
//   node scripts/build-packages.ts FOLDER            all of them
//   node scripts/build-packages.ts FOLDER npm gem    some
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_FORMATS } from './packages/formats.ts';

const [folder, ...wanted] = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in PACKAGE_FORMATS));
if (folder === undefined || unknown.length > 0) {
  process.stderr.write(
    `Usage: node scripts/build-packages.ts FOLDER [${Object.keys(PACKAGE_FORMATS).join('|')}]…\n`,
  );
  process.exit(2);
}
const out = path.resolve(folder);
mkdirSync(out, { recursive: true });
for (const [name, build] of Object.entries(PACKAGE_FORMATS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const file of build(out)) process.stdout.write(`${name}: ${file}\n`);
}
