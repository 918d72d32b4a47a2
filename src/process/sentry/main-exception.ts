// Which of an event's exceptions names it. They form a tree by `parent_id`; where that is broken they are a list, and the last
// one, which ended the program, is the main one.
import type { EventException } from './event-model.ts';

/** The index of the main exception; -1 where there is none. */
export function mainException(exceptions: readonly EventException[]): number {
  const last = exceptions.length - 1;
  const top = exceptions.findIndex(({ mechanism }) => mechanism.id === 0);
  const main = top === -1 ? last : top;
  const exception = exceptions[main];
  if (exception === undefined || !exception.mechanism.isGroup) return main;
  const leaves = leavesBelow(exceptions, exception);
  const [first] = leaves;
  if (first === undefined) return main;
  const alike = leaves.every((leaf) => shapeOf(leaf) === shapeOf(first));
  return alike ? exceptions.indexOf(first) : main;
}

/** What is no group below an exception, by id: the order in which the program named them. */
function leavesBelow(exceptions: readonly EventException[], top: EventException): readonly EventException[] {
  const leaves: EventException[] = [];
  const seen = new Set<EventException>([top]);
  const pending: EventException[] = [top];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { id } = next.mechanism;
    for (const child of exceptions) {
      if (id === null || child.mechanism.parent !== id || seen.has(child)) continue;
      seen.add(child);
      // The causes of a member are not members themselves.
      if (child.mechanism.isGroup) pending.push(child);
      else leaves.push(child);
    }
  }
  return leaves.toSorted((a, b) => (a.mechanism.id ?? 0) - (b.mechanism.id ?? 0));
}

function shapeOf({ type, frames }: EventException): string {
  return JSON.stringify([
    type,
    frames.slice(0, 200).map((frame) => [frame.module ?? frame.file, frame.function, frame.line]),
  ]);
}
