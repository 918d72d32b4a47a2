// Bugs with stacks like that of another, as a person may see them.
import { crashDifference, type CrashDifference } from '../../process/preview/crash-difference.ts';
import type { Bug, BugRow } from '../../store/bugs.ts';
import type { Store } from '../../store/store.ts';
import { coverCrash } from './cover-crash.ts';
import { seenBug } from './seen-bug.ts';
import type { Sight } from './sight.ts';

export const MAX_SIMILAR = 5;

/** One suggestion. */
export interface SeenSimilarBug {
  readonly row: Pick<BugRow, 'id' | 'title' | 'state' | 'count' | 'lastSeenAt'>;
  readonly similarity: number;
  /** Null where no report of one of the two is stored any longer. */
  readonly difference: CrashDifference | null;
}

/** The most similar first. Frames and kinds are open to everybody who reads reports; messages are not quoted. */
export async function seenSimilarBugs(
  { bugs, queue }: Pick<Store, 'bugs' | 'queue'>,
  bug: Bug,
  { messages }: Pick<Sight, 'messages'>,
): Promise<readonly SeenSimilarBug[]> {
  const found = await bugs.similarBugs(bug.id, MAX_SIMILAR);
  if (found.length === 0) return [];
  const own = await coverCrash(queue, bug);
  const all = await Promise.all(
    found.map(async ({ bugId, similarity }): Promise<SeenSimilarBug | null> => {
      const other = await bugs.getBug(bugId);
      if (other === null) return null;
      const cover = own === null ? null : await coverCrash(queue, other);
      const { id, title, state, count, lastSeenAt } = other;
      return {
        row: { id, title, state, count, lastSeenAt },
        similarity,
        difference:
          own === null || cover === null
            ? null
            : crashDifference(own.crash, cover.crash, { seesMessages: messages }),
      };
    }),
  );
  return all.filter((one) => one !== null);
}

/** Two bugs of a product side by side. */
export interface SeenComparison {
  readonly one: Bug;
  readonly other: Bug;
  /** Null where no report of one of the two is stored any longer. */
  readonly difference: CrashDifference | null;
}

/** Why one bug is not the other; null where they are of different products. */
export async function seenComparison(
  { queue }: Pick<Store, 'queue'>,
  one: Bug,
  other: Bug,
  sight: Sight,
): Promise<SeenComparison | null> {
  if (one.account !== other.account || one.product !== other.product) return null;
  const [mine, theirs] = await Promise.all([coverCrash(queue, one), coverCrash(queue, other)]);
  return {
    one: seenBug(one, sight),
    other: seenBug(other, sight),
    difference:
      mine === null || theirs === null
        ? null
        : crashDifference(mine.crash, theirs.crash, { seesMessages: sight.messages }),
  };
}
