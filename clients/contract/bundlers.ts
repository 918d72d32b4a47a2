// Builds small programs with the bundlers that applications use, each as its own documentation says, minified or not.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where scripts/install-bundlers.sh has put them. */
export const BUNDLERS = process.env['BUNDLERS'] ?? path.join(tmpdir(), 'mayday-bundlers');

const CLIENT = path.resolve(import.meta.dirname, '../javascript');

/** One way to build. */
export interface Build {
  readonly bundler: 'esbuild' | 'webpack' | 'vite' | 'rollup';
  readonly platform: 'node' | 'browser';
  readonly minified: boolean;
}

/** Why bundles cannot be built here, or false; an error in CI. */
export function missingBundlers(): string | false {
  if (existsSync(path.join(BUNDLERS, 'node_modules/vite'))) return false;
  const reason = `no bundlers in ${BUNDLERS}; see scripts/install-bundlers.sh`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

/** A folder with the client library beside the given files, which finds the bundlers' packages. */
export function projectFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'mayday-bundle-'));
  cpSync(CLIENT, folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  symlinkSync(path.join(BUNDLERS, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

/** Builds `main.js` of the folder; returns the file that came out. Throws with the bundler's words. */
export function build(folder: string, { bundler, platform, minified }: Build): string {
  mkdirSync(path.join(folder, 'out'), { recursive: true });
  const out = 'out/bundle.js';
  const external = ['async_hooks', 'worker_threads'];
  const configuration: Readonly<Record<Build['bundler'], string>> = {
    esbuild: '',
    rollup: `import commonjs from '@rollup/plugin-commonjs'; import terser from '@rollup/plugin-terser';
      export default { input: 'main.js', external: ${JSON.stringify(external)}, plugins: [commonjs()${minified ? ', terser()' : ''}],
        output: { file: '${out}', format: '${platform === 'node' ? 'cjs' : 'iife'}' } };`,
    webpack: `module.exports = { entry: './main.js', target: '${platform === 'node' ? 'node' : 'web'}', devtool: false,
      mode: '${minified ? 'production' : 'development'}', performance: { hints: false },
      output: { path: __dirname + '/out', filename: 'bundle.js' } };`,
    vite: `export default { logLevel: 'error', build: { minify: ${minified}, outDir: 'out', emptyOutDir: false,
      ${platform === 'node' ? "ssr: 'main.js'," : ''} rollupOptions: { input: 'main.js',
        output: { entryFileNames: 'bundle.js', format: '${platform === 'node' ? 'cjs' : 'iife'}' } } } };`,
  };
  const config = bundler === 'webpack' ? 'webpack.config.cjs' : `${bundler}.config.mjs`;
  writeFileSync(path.join(folder, config), configuration[bundler]);
  const commands: Readonly<Record<Build['bundler'], readonly string[]>> = {
    esbuild: [
      ...['main.js', '--bundle', `--platform=${platform}`, `--outfile=${out}`, '--log-level=error'],
      ...(minified ? ['--minify'] : []),
    ],
    rollup: ['-c', config, '--silent'],
    webpack: ['-c', config, '--stats', 'errors-warnings'],
    vite: ['build', '-c', config],
  };
  const binary = path.join(folder, 'node_modules/.bin', bundler);
  const done = spawnSync(binary, commands[bundler], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  if (done.status !== 0) throw new Error(`${bundler} failed:\n${done.stdout}${done.stderr}`);
  return path.join(folder, out);
}
