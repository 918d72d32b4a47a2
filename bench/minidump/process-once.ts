// Processes one dump in a process of its own, so that its peak memory can be measured.
import { readFileSync } from 'node:fs';
import { processMinidump } from '../../src/formats/crash/process-minidump.ts';
import { DirectorySymbols } from '../../src/process/symbols/directory-symbols.ts';

const [dump = '', symbols = ''] = process.argv.slice(2);
const report = await processMinidump(readFileSync(dump), {
  symbols: new DirectorySymbols({ roots: [symbols] }),
});
process.stdout.write(`${JSON.stringify(report).length}\n`);
