// Makes src/reports/auth/breached-passwords.bin from lists of passwords, one a line: node scripts/password-filter.ts LIST...
// The one in the repository comes from 10-million-password-list-top-1000000.txt of SecLists.
import { readFileSync, writeFileSync } from 'node:fs';
import { MIN_PASSWORD_LENGTH } from '../src/reports/auth/passwords.ts';
import { buildFilter } from '../src/reports/auth/breached-passwords.ts';

const lists = process.argv.slice(2);
if (lists.length === 0) throw new Error('Name at least one list of passwords.');
const words = new Set<string>();
for (const list of lists) {
  for (const line of readFileSync(list, 'utf8').split(/\r?\n/)) {
    // Shorter ones are refused anyway.
    if (line.length >= MIN_PASSWORD_LENGTH) words.add(line.toLowerCase());
  }
}
const filter = buildFilter(words);
writeFileSync('src/reports/auth/breached-passwords.bin', filter);
console.log(`${words.size} passwords in ${filter.length} bytes`);
