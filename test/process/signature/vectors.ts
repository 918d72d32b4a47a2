// Reads the input/expected pairs of the shared data.
import { readFileSync } from 'node:fs';
import { compileLists, type SignatureLists } from '../../../src/process/signature/lists.ts';
import { sharedData, SHARED_ABSENT } from '../../shared-data.ts';

export interface Vector {
  readonly id: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- the shape differs with `op`; each test reads its own
  readonly input: any;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly expected: any;
}

/** False, or why tests with vectors are skipped. */
export const SKIP_VECTORS: string | false = sharedData('vectors') === null && SHARED_ABSENT;

/** The cases of one file; none where the shared data is absent. */
export function vectors(name: string): readonly Vector[] {
  const file = sharedData('vectors', `${name}.json`);
  return file === null ? [] : (JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[] }).cases;
}

function listText(name: string): string {
  const file = sharedData('vectors', 'lists', `${name}.txt`);
  return file === null ? '' : readFileSync(file, 'utf8');
}

/** The lists in the shared data, as a user would supply them. */
export function includedLists(): SignatureLists {
  return compileLists([
    {
      irrelevant: listText('irrelevant_signature_re'),
      prefix: listText('prefix_signature_re'),
      sentinels: listText('signature_sentinels'),
      lineNumbers: listText('signatures_with_line_numbers_re'),
    },
  ]);
}

/** Lists with only the names that carry line numbers: a list, or `included`. */
export function lineNumberLists(entries: readonly string[] | 'included' | undefined): SignatureLists {
  if (entries === 'included') return includedLists();
  return compileLists([{ lineNumbers: (entries ?? []).join('\n') }]);
}
