// Reads input/expected pairs: the repository's own (testdata/vectors), and the many more of the shared data where it is there.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
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

const OWN = path.resolve(import.meta.dirname, '../../../testdata/vectors');

/** The cases of one file: our own, then the shared ones. */
export function vectors(name: string): readonly Vector[] {
  const files = [path.join(OWN, `${name}.json`), sharedData('vectors', `${name}.json`)];
  return files.flatMap((file) =>
    file === null || !existsSync(file)
      ? []
      : (JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[] }).cases,
  );
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
