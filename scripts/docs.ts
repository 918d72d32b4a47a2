// Writes the tables of docs/config.md and docs/metrics.md from the code (`node scripts/docs.ts`); tests compare them.
import { readFileSync, writeFileSync } from 'node:fs';
import { configTable, metricsTable } from './doc-tables.ts';

const TABLES = { 'docs/config.md': configTable, 'docs/metrics.md': metricsTable } as const;

for (const [file, table] of Object.entries(TABLES)) {
  const text = readFileSync(file, 'utf8');
  const [before, rest] = text.split('<!-- table -->\n');
  const after = rest?.split('<!-- end of table -->\n')[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no marks for its table`);
  writeFileSync(file, `${before}<!-- table -->\n${table()}<!-- end of table -->\n${after}`);
}
