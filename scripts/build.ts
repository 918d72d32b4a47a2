// Compiles src/ to dist/ for the published package and copies what is not TypeScript (SQL, style sheets, data).
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import path from 'node:path';

rmSync('dist', { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
for (const file of globSync('src/**/*.{sql,css,js,json,txt,svg}')) {
  cpSync(file, path.join('dist', path.relative('src', file)));
}
