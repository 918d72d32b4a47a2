#!/usr/bin/env node
// The entry point of every start: says plainly when Node is too old, settles what has to be settled before anything is loaded,
// then hands over to the command line.
// Plain JavaScript of the oldest kind that any Node reads, because what follows it does not load there.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const NEEDED = 24;
/** By then everything is loaded. */
const FLUSH_MS = 5000;

const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED) {
  process.stderr.write(
    `Mayday needs Node ${NEEDED} or newer, and this is Node ${process.versions.node}. ` +
      `In a clone, start it with "npm start" or "npm run mayday -- <command>", which use the Node of the project.\n`,
  );
  process.exit(1);
}
// Garbage is looked for when a heap is twice as large as what was alive, rather than up to four times: large texts and buffers would
// pile up to hundreds of megabytes in a server whose own data are a few.
v8.setFlagsFromString('--heap-growing-percent=100');
// A clone runs its sources as they are; the published package holds only what the compiler made of them.
const source = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const isClone = existsSync(source);
if (isClone) keepCompiled(fileURLToPath(new URL('../node_modules/.cache/mayday', import.meta.url)));
const { main } = await import((isClone ? source : built).href);
process.exitCode = await main(process.argv.slice(2));

/** Stripping the types takes most of a start from sources, so the result is kept for the next. */
function keepCompiled(folder) {
  // Not in the system's temporary folder, where others could put code that is not ours.
  module.enableCompileCache(folder);
  // Threads take it from here: each that strips types itself takes 12 MB more.
  process.env['NODE_COMPILE_CACHE'] = folder;
  // Otherwise it is written at the end, which a server that is killed never reaches.
  setTimeout(() => module.flushCompileCache(), FLUSH_MS).unref();
}
