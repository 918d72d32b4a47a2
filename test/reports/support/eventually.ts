// Waits for something that the store does soon rather than at once (the search index).
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the condition holds; fails after ten seconds. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  // Only what hangs waits as long.
  const deadline = Date.now() + 120_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true within two minutes');
    await sleep(20);
  }
}
