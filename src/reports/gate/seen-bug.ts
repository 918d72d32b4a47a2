// What a person may see of a bug, its values and its history.
import type { Bug, BugEvent, BugRow, BugValue } from '../../store/bugs.ts';
import { seenKey, seenSteps } from './seen-grouping.ts';
import type { Sight } from './sight.ts';

export function seenBugRow<R extends Pick<BugRow, 'message'>>(row: R, { messages }: Sight): R {
  return messages ? row : { ...row, message: '' };
}

/** The request path can name people, so it is protected. */
export function seenBug(bug: Bug, sight: Sight): Bug {
  if (sight.all) return bug;
  return {
    ...seenBugRow(bug, sight),
    path: null,
    key: seenKey(bug.key, sight),
    keys: [...new Set(bug.keys.map((key) => seenKey(key, sight)))],
    titleSteps: seenSteps(bug.titleSteps, sight),
  };
}

/** The values that a person may see, and how many were left out. */
export function seenValues(
  values: readonly BugValue[],
  { all }: Sight,
): { readonly values: readonly BugValue[]; readonly hidden: number } {
  const seen = all ? values : values.filter((value) => !value.protected);
  return { values: seen, hidden: values.length - seen.length };
}

/** Mayday's own entries name titles, which may be older than the decision to protect messages; what people wrote stays. */
export function seenEvents(events: readonly BugEvent[], { messages }: Sight): readonly BugEvent[] {
  return messages ? events : events.map((event) => (event.by === null ? { ...event, detail: '' } : event));
}
