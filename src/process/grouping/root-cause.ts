// Which exception of a chain a crash is: the innermost cause, unless that is a mere detail of the one around it.
import type { GroupingException } from './stacked-crash.ts';

/** The exception that gives the kind, the one that gives the frames, and why. */
export interface RootCause {
  readonly exception: GroupingException;
  /** Exceptions in the order in which they are searched for own frames. */
  readonly search: readonly GroupingException[];
  readonly because: string;
}

const MAX_EXCEPTIONS = 50;
/** What only carries others: Python's ExceptionGroup, JavaScript's AggregateError, .NET's AggregateException. */
const GROUP =
  /(?:ExceptionGroup|AggregateError|AggregateException|MultipleFailuresError|MultiException|CompositeException)$/;

/** Null where there is no exception. */
export function rootCause(exceptions: readonly GroupingException[]): RootCause | null {
  const chain = exceptions.slice(0, MAX_EXCEPTIONS);
  const first = chain[0];
  if (first === undefined) return null;
  // A cause without a single frame (an error code, the reason that an operating system gives) tells nothing of a place, while the
  // exception around it does.
  const index = Math.max(
    0,
    // What was suppressed on the way is no stack of it.
    chain.findIndex(
      ({ kind, frames, attached }) => frames.length > 0 || (GROUP.test(kind) && leafOf(attached) !== null),
    ),
  );
  const chosen = chain[index] ?? first;
  const leaf = GROUP.test(chosen.kind) ? leafOf(chosen.attached) : null;
  if (leaf !== null) {
    return {
      exception: leaf,
      search: [leaf, ...chain.slice(index)],
      because: `it is the only member of the group "${chosen.kind}"`,
    };
  }
  return {
    exception: chosen,
    search: chain.slice(index),
    because:
      index > 0
        ? 'it is the innermost exception that has a stack'
        : chain.length > 1
          ? 'it is the innermost cause'
          : 'it is the only exception',
  };
}

/** The only member of a group, and of the groups within it; null where there are several, or it has no frames. */
function leafOf(members: readonly GroupingException[] | undefined): GroupingException | null {
  let leaf: GroupingException | null = null;
  let list = members ?? [];
  for (let depth = 0; depth < MAX_EXCEPTIONS; depth += 1) {
    const [only, another] = list;
    if (only === undefined || another !== undefined) return leaf;
    leaf = only;
    if (!GROUP.test(only.kind)) break;
    list = only.attached ?? [];
  }
  return leaf !== null && leaf.frames.length > 0 ? leaf : null;
}
