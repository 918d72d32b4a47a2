// Logs of sanitizers and fuzzers of which a public fuzzing service says by which frames they should be named (see ../shared/data/native-text).
import { readFileSync } from 'node:fs';
import { sharedData } from '../../test/shared-data.ts';

/** A log and the frames that are good names for it. */
export interface NativeLog {
  readonly id: string;
  readonly state: readonly string[];
  readonly text: string;
}

/** The logs whose answer names a function; none without the shared data. */
export function nativeLogs(): readonly NativeLog[] {
  const file = sharedData('native-text', 'sanitizer-and-fuzzer-logs.jsonl');
  if (file === null) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as NativeLog);
}

/** True where the title has the name of one of the frames; both without arguments, template arguments and return type. */
export function isNamedBy(title: string, state: readonly string[]): boolean {
  const told = withoutReceivers(title);
  return state.some((frame) => {
    // A library without functions is named by its path there, an assertion with its file.
    const name = withoutReceivers(frame)
      .replace(/ in [\w.-]+$/, '')
      .replace(/^\/.*\//, '')
      .replace(/^\S+ (?=\S+::)/, '')
      .replace(/[<(].*$/, '')
      .replace(/::h[0-9a-f]{16}$/, '')
      .trim();
    return name.length > 2 && name !== 'NULL' && told.includes(name);
  });
}

/** Go's receivers are written with and without a pointer; C++'s namespaces without a name are left out. */
function withoutReceivers(name: string): string {
  return name.replace(/\(\*?(\w+)\)/g, '$1').replaceAll('(anonymous namespace)::', '');
}
