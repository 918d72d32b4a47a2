// A stop that ends, whatever hangs: what is not closed by then is cut short. Nothing that was acknowledged depends on the rest: it is durable
// before the answer, and what was being processed is processed again.

/** When what had come to an end, in milliseconds since the stop began. */
export type StopTimes = Readonly<Record<string, number>>;

/**
 * Runs `work`, which notes what it has closed; resolves with the times when it is done. After `limitMs` calls `cutShort`, which is expected
 * not to return.
 */
export async function boundedStop(
  work: (note: (closed: string) => void) => Promise<void>,
  { limitMs, cutShort }: { readonly limitMs: number; readonly cutShort: (times: StopTimes) => void },
): Promise<StopTimes> {
  const startedAt = performance.now();
  const times: Record<string, number> = {};
  const deadline = setTimeout(() => cutShort(times), limitMs);
  try {
    await work((closed) => {
      times[closed] = Math.round(performance.now() - startedAt);
    });
  } finally {
    clearTimeout(deadline);
  }
  return times;
}
