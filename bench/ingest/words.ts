// Output of the benchmark.

/** One line. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
