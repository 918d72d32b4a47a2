// The first opening of a store that was restored: what was erased after its backup was made goes before anything can be asked. It begins again
// where it was killed; the file that says what to do goes last.
import { ErasedTest } from '../shared/erased-test.ts';
import { journalSecret } from './journal/journal-rows.ts';
import { readRestored, removeRestored } from './journal/restored-file.ts';
import { erasableReports } from './read/find-erasable.ts';
import type { StoreParts } from './store-parts.ts';

/** Reports that are looked at between two writes; processed ones are unpacked one by one. */
const PAGE = 200;

/** Throws where it cannot be done: then the store must not be used. */
export async function takeUpRestored({
  connection,
  layout,
  writer,
  now,
  options,
}: Pick<StoreParts, 'connection' | 'layout' | 'writer' | 'now' | 'options'>): Promise<void> {
  const restored = readRestored(layout.root);
  if (restored === null) return;
  const { head, lines } = restored;
  let reports = 0;
  if (lines.length > 0) {
    const test = new ErasedTest(journalSecret(connection), lines);
    for (let after: number | null = 0; after !== null;) {
      const { rows, next } = erasableReports(connection, after, PAGE);
      const gone = rows.filter((row) => test.report(row));
      await Promise.all(gone.map(({ crashId }) => writer.write('deleteReport', [crashId, { noted: false }])));
      reports += gone.length;
      after = next;
    }
    while (!(await writer.write('recallErased', [lines])));
  }
  await writer.write('noteRestored', [head, { lines, reports, now: now() }]);
  removeRestored(layout.root);
  options.log.info(
    { backup: head.backup, erasures: lines.length, reports },
    'a restored backup was brought up to date with what was erased since',
  );
}
