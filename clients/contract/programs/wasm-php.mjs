// Runs a PHP program of clients/ in PHP's own engine as WebAssembly. It has a file system in memory and no network: what it leaves in the
// queue is copied out. Usage: node wasm-php.mjs PACKAGES CLIENTS QUEUE PROGRAM WORD…
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages = '', clients = '', queue = '', program = '', ...words] = process.argv.slice(2);
const from = createRequire(path.join(packages, 'index.js'));
const load = (name) => import(pathToFileURL(from.resolve(name)).href);
const { PHP, loadPHPRuntime } = await load('@php-wasm/universal');
const { getPHPLoaderModule } = await load('@php-wasm/node-7-4');

const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), {}));
const files = ['php/mayday.php', 'php/sample/sample.php', 'contract/programs/privacy.php'];
for (const file of files) {
  php.mkdirTree(path.posix.dirname(`/clients/${file}`));
  php.writeFile(`/clients/${file}`, readFileSync(path.join(clients, file)));
}
php.mkdirTree('/queue');
const given = words.map((word, index) => {
  if (!word.startsWith('/')) return word;
  php.writeFile(`/word-${index}`, readFileSync(word));
  return `/word-${index}`;
});
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(?:MAYDAY_|SAMPLE_|LANG$)/.test(name)),
);
const done = await php.cli(['php', `/clients/${program}`, ...given], {
  env: { ...env, MAYDAY_QUEUE_DIR: '/queue' },
});
process.stdout.write(await done.stdoutText);
copy('/queue', queue);
process.exit(await done.exitCode);

function copy(folder, target) {
  mkdirSync(target, { recursive: true });
  for (const name of php.listFiles(folder)) {
    const [inside, outside] = [`${folder}/${name}`, path.join(target, name)];
    if (php.isDir(inside)) copy(inside, outside);
    else writeFileSync(outside, php.readFileAsBuffer(inside));
  }
}
