// What a shell answers for a program that could not be started.

const EXIT_NOT_FOUND = 127;
const EXIT_NOT_RUN = 126;

/** By the system's error: 127 where there is no such program, 126 where it cannot be run. */
export function exitCodeOfFailedStart(error: unknown): number {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}
