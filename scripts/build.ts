// Compiles src/ to dist/ for the published package, with types for what the package exports, and copies what is not TypeScript (SQL, style
// sheets, data); makes the manual page.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { versionInfo } from '../src/app/version.ts';
import { manualPage } from './manual-page.ts';

rmSync('dist', { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.types.json']) {
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], {
    stdio: 'inherit',
  });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
}
// The compiler leaves the endings of imports in declarations as the sources have them, and no such file is in the package.
for (const file of globSync('dist/**/*.d.ts')) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replaceAll(/((?:from|import\()\s*'\.{1,2}\/[^']+)\.ts'/g, "$1.js'"));
}
for (const file of globSync('src/**/*.{sql,css,js,json,txt,svg,bin}')) {
  cpSync(file, path.join('dist', path.relative('src', file)));
}
mkdirSync('dist/man', { recursive: true });
writeFileSync('dist/man/mayday.1', await manualPage(versionInfo(process.env).version));
