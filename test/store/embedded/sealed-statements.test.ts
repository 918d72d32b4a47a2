// Every statement that names a sealed column says `opened` or `sealed`: one that forgets it would show ciphertext, or write in clear.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SEALED_TABLES } from '../../../src/store/embedded/database/sealed-columns.ts';

const CALL = /\b(?:opened|sealed)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)(?: AS "?\w+"?)?/g;
/** What needs no look into the value: whether there is one, how long it is as it is stored, columns of an INSERT, an empty one in its place. */
const HARMLESS = [
  /\bAS COLUMN\b/g,
  /(?:\w+\.)?COLUMN (?:<>|=) ''/g,
  /\bCOLUMN = (?:NULL|'[^']*')/g,
  /\blength\((?:\w+\.)?COLUMN\)/g,
  /\bCOLUMN = (?= *(?:,|WHERE|$))/gm,
  /\bproducts\.COLUMN\b|\baccounts\.COLUMN\b/g,
];

function clearUses(sql: string): readonly string[] {
  const found: string[] = [];
  const left = sql.replaceAll(/INSERT (?:OR \w+ )?INTO \w+\s*\([^)]*\)/g, '').replaceAll(CALL, '');
  for (const { table, columns } of SEALED_TABLES) {
    if (!new RegExp(`\\b(?:FROM|JOIN|UPDATE|INTO)\\s+${table}\\b`).test(sql)) continue;
    for (const column of columns) {
      const rest = HARMLESS.reduce(
        (text, form) => text.replaceAll(new RegExp(form.source.replaceAll('COLUMN', column), form.flags), ''),
        left,
      );
      if (new RegExp(`(?<![@:$.\\w'"])(?:${table}\\.)?${column}\\b(?!\\s*\\()`).test(rest))
        found.push(`${table}.${column}`);
    }
  }
  return found;
}

test('statements open and seal the columns that are sealed', () => {
  const faults: string[] = [];
  let looked = 0;
  for (const file of globSync('src/store/embedded/**/*.ts')) {
    for (const [, sql = ''] of readFileSync(file, 'utf8').matchAll(/`([^`]*)`/g)) {
      if (!/\b(?:SELECT|UPDATE|INSERT|DELETE)\b/.test(sql)) continue;
      looked += 1;
      for (const use of clearUses(sql))
        faults.push(`${file}: ${use} in ${sql.trim().replaceAll(/\s+/g, ' ')}`);
    }
  }
  assert.ok(looked > 500);
  assert.deepEqual(faults, []);
});

test('a statement that forgets it is found', () => {
  assert.deepEqual(clearUses('SELECT id, message FROM bugs WHERE id = ?'), ['bugs.message']);
  assert.deepEqual(clearUses('UPDATE reports SET notes = ? WHERE id = ?'), ['reports.notes']);
  assert.deepEqual(clearUses("SELECT opened(message, 'bugs.message') AS message FROM bugs"), []);
});
