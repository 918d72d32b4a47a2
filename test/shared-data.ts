// Where the shared test data lies beside a checkout, and what a test says where it is absent.
import { existsSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../shared/data');

/** Why a test that reads the shared data did not run. */
export const SHARED_ABSENT = 'the shared test data (../shared/data) is not beside this checkout';

/** The path of a file or folder of the shared data, or null where it is absent. */
export function sharedData(...segments: readonly string[]): string | null {
  const file = path.join(ROOT, ...segments);
  return existsSync(file) ? file : null;
}
