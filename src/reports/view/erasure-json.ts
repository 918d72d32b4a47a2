// Erasures as the API gives them.
import type { Erasure } from '../../store/erasures.ts';

export function erasureJson({ id, at, person, kind, state, found, done, endedAt }: Erasure) {
  return {
    ...{ id, at: new Date(at).toISOString(), person, kind, state, found, done },
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
  };
}
