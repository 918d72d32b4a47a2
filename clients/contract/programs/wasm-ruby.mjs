// Runs a Ruby program of clients/ in CRuby as WebAssembly, which has no network, no threads and no end of a program.
// Usage: node wasm-ruby.mjs PACKAGES CLIENTS QUEUE PROGRAM WORD…
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { WASI } from 'node:wasi';

const [packages = '', clients = '', queue = '', program = '', ...words] = process.argv.slice(2);
const from = createRequire(path.join(packages, 'index.js'));
const { RubyVM } = await import(pathToFileURL(from.resolve('@ruby/wasm-wasi')).href);
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(?:MAYDAY_|SAMPLE_|LANG$)/.test(name)),
);
const folders = Object.fromEntries(
  words.filter((word) => word.startsWith('/')).map((word) => [path.dirname(word), path.dirname(word)]),
);
const wasi = new WASI({
  version: 'preview1',
  args: ['ruby'],
  env: { ...env, HOME: '/queue', MAYDAY_QUEUE_DIR: '/queue' },
  preopens: { '/clients': clients, '/queue': queue, ...folders },
});
const module = await WebAssembly.compile(
  readFileSync(path.join(packages, '@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm')),
);
const { vm } = await RubyVM.instantiateModule({ module, wasip1: wasi });
// What a program does at its end is done here: counts of repeats are written.
vm.eval(
  `$stdout.sync = true; ARGV.replace(${JSON.stringify(words)}); $0 = ${JSON.stringify(`/clients/${program}`)}; load $0; Mayday.flush`,
);
