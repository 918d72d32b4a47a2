#!/usr/bin/env node
// The entry point of every start: says plainly when Node is too old, then hands over to the command line.
// Plain JavaScript of the oldest kind that any Node reads, because what follows it does not load there.
import { existsSync } from 'node:fs';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED) {
  process.stderr.write(
    `Mayday needs Node ${NEEDED} or newer, and this is Node ${process.versions.node}. ` +
      `In a clone, start it with "npm start" or "npm run mayday -- <command>", which use the Node of the project.\n`,
  );
  process.exit(1);
}
// A clone runs its sources as they are; the published package holds only what the compiler made of them.
const source = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const { main } = await import((existsSync(source) ? source : built).href);
process.exitCode = await main(process.argv.slice(2));
