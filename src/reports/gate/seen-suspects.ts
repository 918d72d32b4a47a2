// What may have brought a bug: commits of the release that brought it which changed files of its stack, and who owns these files.
// Stacks, releases and what tools say of them are for everybody who reads reports.
import { repositoryPath } from '../../report/source/repository-path.ts';
import { ownersOf } from '../../report/source/path-owners.ts';
import { commitAddress } from '../../report/source/source-address.ts';
import { stackOf, suspectCommits } from '../../report/source/suspect-commits.ts';
import type { SuspectMatch } from '../../report/source/suspect-commits.ts';
import type { ProcessedFrame } from '../../report/processed-report.ts';
import type { SourceSettings } from '../../report/source/source-settings.ts';
import type { Bug } from '../../store/bugs.ts';
import type { Origin } from '../../store/crash-analysis.ts';
import type { ReleaseCommit } from '../../store/releases.ts';
import type { Store } from '../../store/store.ts';
import type { CoverCrash } from './cover-crash.ts';

/** Chance explains less than this: the release brought the bug. */
const SURE = 0.05;
const MAX_OWNER_FRAMES = 100;

export interface SeenSuspect {
  readonly commit: Omit<ReleaseCommit, 'paths' | 'pathsLeft'>;
  /** Its page; null: none is known. */
  readonly url: string | null;
  readonly matches: readonly SuspectMatch[];
}

export interface BugOwners {
  readonly owners: readonly string[];
  /** The line of the settings that names them, and the path that it fits. */
  readonly pattern: string;
  readonly path: string;
}

export interface BugSuspects {
  /** The oldest release that has the bug; null: its crashes name none. */
  readonly version: string | null;
  /** Whether that release brought it, as far as can be told. */
  readonly sure: boolean;
  /** The commits that a tool named of it; null: no tool made the release. */
  readonly commits: number | null;
  /** Those of them whose changed paths are known. */
  readonly withPaths: number;
  /** The most suspect first. */
  readonly suspects: readonly SeenSuspect[];
  /** Of the innermost own frame whose path has some; null: nobody. */
  readonly owners: BugOwners | null;
}

export async function suspectsOf(
  { bugs, releases }: Pick<Store, 'bugs' | 'releases'>,
  bug: Pick<Bug, 'account' | 'product'>,
  { origin, cover }: { readonly origin: Origin | null; readonly cover: CoverCrash | null },
): Promise<BugSuspects> {
  const { source } = await bugs.productRules(bug.account, bug.product);
  const frames = cover === null ? [] : stackOf(cover.crash);
  const commits = origin === null ? null : await releases.commitsOf(bug, origin.version);
  return {
    version: origin?.version ?? null,
    sure: origin !== null && origin.before !== null && origin.p < SURE,
    commits: commits?.length ?? null,
    withPaths: commits?.filter(({ paths }) => paths.length > 0).length ?? 0,
    suspects: suspectCommits(frames, commits ?? [], source.paths).map(
      ({ commit: { paths: _paths, pathsLeft: _left, ...commit }, matches }) => ({
        commit,
        url: commitAddress(source, commit.id),
        matches,
      }),
    ),
    owners: ownersIn(frames, source),
  };
}

function ownersIn(
  frames: readonly ProcessedFrame[],
  { owners: lines, paths }: SourceSettings,
): BugOwners | null {
  if (lines.length === 0) return null;
  const find = ownersOf(lines);
  for (const frame of frames.slice(0, MAX_OWNER_FRAMES)) {
    const path = repositoryPath(frame, paths);
    const found = path === null ? null : find(path);
    if (path !== null && found !== null && found.owners.length > 0) return { ...found, path };
  }
  return null;
}
