// Which of an event's exceptions led to the main one, root cause first. Beside causes the tree of exceptions holds others: those
// that were suppressed while the main one was under way, and members of groups. They are shown, but no key is made of them.
import type { EventException } from './event-model.ts';

/** Words of clients for "this is what it was raised from"; others (`__context__`) are what was under way. */
const RAISED_FROM: ReadonlySet<string> = new Set(['cause', '__cause__', 'InnerException', 'unwrap']);

/** The chain that ends with the exception at `main`; all of them where they are a plain list. */
export function causeChain(exceptions: readonly EventException[], main: number): readonly EventException[] {
  const top = exceptions[main];
  if (top === undefined || !isTree(exceptions)) return exceptions;
  const chain: EventException[] = [top];
  const seen = new Set<EventException>(chain);
  for (let at: EventException = top; !at.mechanism.isGroup;) {
    const parent = at;
    const causes = exceptions.filter(
      (one) =>
        !seen.has(one) && one.mechanism.parent === parent.mechanism.id && one.mechanism.type !== 'suppressed',
    );
    const cause =
      causes.find(({ mechanism }) => RAISED_FROM.has(mechanism.source ?? '')) ??
      causes.toSorted((a, b) => (a.mechanism.id ?? 0) - (b.mechanism.id ?? 0))[0];
    if (cause === undefined) break;
    seen.add(cause);
    chain.push(cause);
    at = cause;
  }
  // A group that nobody threw has no stack (`Promise.any`): its members tell where it came from.
  if (chain.every(({ frames }) => frames.length === 0)) return exceptions;
  return chain.toReversed();
}

/** Whether each exception has an id, and each but the top one (id 0) a parent. */
function isTree(exceptions: readonly EventException[]): boolean {
  return exceptions.every(
    ({ mechanism }) => mechanism.id !== null && (mechanism.id === 0 || mechanism.parent !== null),
  );
}
