// Lets reports come in before reports are processed: a processing thread steps back behind the other threads of its process.
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Gives the thread that calls about a tenth of the weight of the others (not the least there is: other work on the machine would then stop
 * processing for good). Only Linux has priorities of threads (setpriority(2), "C library/kernel
 * differences"); elsewhere, and where the system refuses, all stays as it is.
 */
export function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    // `<process>/task/<thread>`
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isSafeInteger(thread) && thread > 0)
      setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A container may hide /proc or forbid it: processing is then as urgent as everything else.
  }
}
