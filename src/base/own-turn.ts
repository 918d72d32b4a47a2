// Long work on the thread that everything else runs on, in short pieces: one piece of all such work for each turn of the event loop.
const waiting: (() => void)[] = [];

/** Resolves when it is the caller's turn: others that wait had theirs, and sockets and timers had theirs in between. */
export function ownTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(next);
  });
}

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(next);
}
