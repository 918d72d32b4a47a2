// What this copy of Mayday is: the version of its package and, in a clone, the commit.
import { readFileSync } from 'node:fs';

/** The JSON of `/__version__` (Mozilla's Dockerflow names). */
export interface VersionInfo {
  readonly source: string;
  readonly version: string;
  readonly commit: string;
  readonly build: string;
}

/** Reads the package file; the commit comes from MAYDAY_COMMIT (set by the container build) or the clone's own HEAD. */
export function versionInfo(environment: Readonly<Record<string, string | undefined>>): VersionInfo {
  const file = new URL('../../package.json', import.meta.url);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return {
    source: 'mayday',
    version: manifest.version,
    commit: environment['MAYDAY_COMMIT'] ?? headOfClone() ?? '',
    build: environment['MAYDAY_BUILD'] ?? '',
  };
}

function headOfClone(): string | null {
  try {
    const git = new URL('../../.git/', import.meta.url);
    const head = readFileSync(new URL('HEAD', git), 'utf8').trim();
    if (!head.startsWith('ref: ')) return head;
    return readFileSync(new URL(head.slice('ref: '.length), git), 'utf8').trim();
  } catch {
    return null;
  }
}
