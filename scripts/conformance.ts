// Writes docs/conformance.md from the tests.
import { writeFileSync } from 'node:fs';
import { conformancePage } from '../test/conformance/table.ts';

writeFileSync('docs/conformance.md', conformancePage());
