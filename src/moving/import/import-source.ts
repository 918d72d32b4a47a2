// A foreign source → the store: each item goes the way that it would have gone over the network. It can be stopped anywhere and run again:
// a report that is here already is known by what it is.
import type { Readable } from 'node:stream';
import { StorageError } from '../../store/intake.ts';
import type { LocalIntake } from '../../submit/local-intake.ts';
import { BadRecord } from '../record-fields.ts';
import { FileRefused } from '../source-folder.ts';
import type { Source, SourceItem, SourcePlace } from '../sources/source.ts';
import { PRESENT, TAKEN, refused, type Fate, type ImportTally } from './import-tally.ts';

export interface SourceRun {
  readonly source: Source;
  readonly place: SourcePlace;
  readonly intake: LocalIntake;
  readonly tally: ImportTally;
  /** Files of symbols: whether they are taken in, and what became of one. */
  readonly takeSymbols: (
    bytes: Readable,
    about: {
      readonly name: string;
      readonly size: number;
      readonly debugFile: string;
      readonly debugId: string;
      readonly source: string;
    },
  ) => Promise<Fate>;
  /** `total` is what was found so far. */
  readonly progress: (done: number, total: number) => void;
  readonly isInterrupted: () => boolean;
}

/** Reports under way at once: they share the durability of one commit. */
const AT_ONCE = 8;

/** Throws `StorageError` where the store can keep no more, `SourceRefused` where the source cannot be read. */
export async function takeSource(run: SourceRun): Promise<void> {
  const { source, place, tally, progress, isInterrupted } = run;
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  let found = 0;
  try {
    for await (const item of source.items(place)) {
      found += 1;
      const work = takeItem(run, item)
        .then((fate) => {
          tally.add(item.is === 'refused' ? item.what : item.is, item.name, fate);
          progress(tally.seen, found);
        })
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => underWay.delete(work));
      underWay.add(work);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      if (failure !== null || isInterrupted()) break;
    }
  } finally {
    await Promise.all(underWay);
  }
  const failed = failure as { readonly error: unknown } | null;
  if (failed !== null) throw failed.error;
}

async function takeItem({ intake, takeSymbols }: SourceRun, item: SourceItem): Promise<Fate> {
  try {
    if (item.is === 'refused') return { is: 'refused', code: item.code, why: item.why };
    if (item.is === 'symbols') {
      const { bytes, size } = await item.open();
      const { name, debugFile, debugId, origin } = item;
      return await takeSymbols(bytes, { name, size, debugFile, debugId, source: origin });
    }
    const outcome = await intake.take(await item.request(intake));
    if (outcome.kind === 'refused') return refused(outcome.code, outcome.detail);
    if (outcome.kind === 'left_out') return refused('left_out', 'a filter of the product leaves it out');
    return outcome.kind === 'stored' ? TAKEN : PRESENT;
  } catch (error) {
    if (error instanceof FileRefused) return refused(error.code, error.message);
    if (error instanceof BadRecord) return refused('bad_record', error.message);
    if (error instanceof StorageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EIO' || code === 'EISDIR') return refused('unreadable', `it cannot be read (${code})`);
    throw error;
  }
}
