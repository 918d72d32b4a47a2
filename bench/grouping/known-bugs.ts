// Traces of known bugs and pairs of texts, from the data that lies beside a checkout.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../shared/data/grouping');

/** A trace and the bug that it is of; traces are grouped inside their project. */
export interface KnownTrace {
  readonly project: string;
  readonly bug: string;
  readonly text: string;
}

/** Texts that must become one bug, or as many as there are. */
export interface EquivalenceClass {
  readonly must: 'same' | 'differ';
  readonly language: string;
  readonly name: string;
  readonly texts: readonly string[];
}

/** Traces of the triggering tests of Defects4J; none where the data is absent. */
export function knownTraces(): readonly KnownTrace[] {
  return (read('defects4j.jsonl') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as KnownTrace);
}

/** Classes of texts; none where the data is absent. */
export function equivalenceClasses(): readonly EquivalenceClass[] {
  const entries = JSON.parse(read('equivalence.json') ?? '[]') as readonly {
    readonly must: 'same' | 'differ';
    readonly language: string;
    readonly class: string;
    readonly inputs: readonly string[];
  }[];
  return entries.map(({ must, language, class: name, inputs }) => ({ must, language, name, texts: inputs }));
}

function read(file: string): string | null {
  const full = path.join(FOLDER, file);
  return existsSync(full) ? readFileSync(full, 'utf8') : null;
}
