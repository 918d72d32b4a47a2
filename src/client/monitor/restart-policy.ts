// Whether a program that failed is started again: after a pause, and not for ever (Syncthing's monitor does the same).

/** Between the end of a process and the start of the next. */
export const RESTART_PAUSE_MS = 1000;
/** So many restarts within `RESTART_WINDOW_MS`, and the next failure is the last. */
export const MAX_RESTARTS = 4;
export const RESTART_WINDOW_MS = 60_000;

export class RestartPolicy {
  #restarts: number[] = [];

  /** Called when the program has failed: true counts a restart at `nowMs`, false means to give up. */
  mayRestart(nowMs: number): boolean {
    this.#restarts = this.#restarts.filter((at) => nowMs - at < RESTART_WINDOW_MS);
    if (this.#restarts.length >= MAX_RESTARTS) return false;
    this.#restarts.push(nowMs);
    return true;
  }
}
