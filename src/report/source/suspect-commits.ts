// Which commits of a release may have brought a bug: those that changed a file of its stack. A suspicion, no proof: the cause may lie in a
// file that the stack does not name.
import { guessedFrames } from '../guessed-frames.ts';
import type { ProcessedCrash, ProcessedFrame } from '../processed-report.ts';
import { cleanPath, repositoryPath } from './repository-path.ts';
import type { PathRule } from './source-settings.ts';

const MAX_FRAMES = 100;
const MAX_SUSPECTS = 5;
const MAX_MATCHES = 5;

/** A commit, as far as it matters here. */
interface ChangedPaths {
  readonly paths: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number | null;
}

/**
 * How a changed path is that of a frame: `path`: the same path in the repository; `end`: one is the end of the other, with a folder at least;
 * `name`: the stack names a file without its folder, and only one changed file of the release is called so.
 */
export type MatchedBy = 'path' | 'end' | 'name';

/** A frame and the path that a commit changed. */
export interface SuspectMatch {
  /** The place of the frame in its stack, from 0, innermost first. */
  readonly frame: number;
  readonly function: string | null;
  readonly path: string;
  readonly by: MatchedBy;
}

export interface Suspect<C> {
  readonly commit: C;
  /** Innermost first. */
  readonly matches: readonly SuspectMatch[];
}

const WEIGHTS: Readonly<Record<MatchedBy, number>> = { path: 3, end: 2, name: 1 };

/** Frames of the stack that a crash is shown by: of its causes, root cause first, else of the threads that crashed. */
export function stackOf({
  exceptions,
  threads,
}: Pick<ProcessedCrash, 'exceptions' | 'threads'>): readonly ProcessedFrame[] {
  const causes = exceptions.flatMap(({ frames }) => frames);
  return causes.length > 0
    ? causes
    : threads.filter(({ crashed }) => crashed).flatMap(({ frames }) => frames);
}

/**
 * The most suspect first: every file of the stack counts once, with less weight the farther its frame is from where it crashed, and with
 * less the less sure the match is. Foreign frames and guesses count nothing.
 */
export function suspectCommits<C extends ChangedPaths>(
  frames: readonly ProcessedFrame[],
  commits: readonly C[],
  rules: readonly PathRule[],
): readonly Suspect<C>[] {
  const files = filesOf(frames, rules);
  const called = namesOf(commits);
  const suspects = commits.flatMap((commit) => {
    const matches = files.flatMap((file): readonly SuspectMatch[] => {
      const found = bestMatch(file, commit.paths, called);
      return found === null ? [] : [{ frame: file.frame, function: file.function, ...found }];
    });
    if (matches.length === 0) return [];
    const score = matches.reduce((sum, { by, frame }) => {
      const rank = files.findIndex((file) => file.frame === frame);
      return sum + WEIGHTS[by] / (1 + rank);
    }, 0);
    return [{ commit, matches: matches.slice(0, MAX_MATCHES), score }];
  });
  return suspects
    .toSorted((a, b) => b.score - a.score || (b.commit.at ?? 0) - (a.commit.at ?? 0))
    .slice(0, MAX_SUSPECTS)
    .map(({ commit, matches }) => ({ commit, matches }));
}

/** A file of the stack, at its innermost frame. */
interface StackFile {
  readonly frame: number;
  readonly function: string | null;
  /** Null: its place in the repository is not known. */
  readonly path: string | null;
  /** As the frame has it, with its folders as far as they are known. */
  readonly file: string;
}

function filesOf(frames: readonly ProcessedFrame[], rules: readonly PathRule[]): readonly StackFile[] {
  const guesses = guessedFrames(frames);
  const found = new Map<string, StackFile>();
  for (const [at, frame] of frames.slice(0, MAX_FRAMES).entries()) {
    if (frame.inApp === false || guesses[at] === true) continue;
    const path = repositoryPath(frame, rules);
    const file = path ?? fileName(frame);
    if (file !== null && !found.has(file))
      found.set(file, { frame: at, function: frame.function, path, file });
  }
  return [...found.values()];
}

/** The file with its folders, without what stands before them: a drive, the root, a scheme, the repository of a versioned name. */
function fileName({ file, class: name }: ProcessedFrame): string | null {
  if (file === null) return null;
  const versioned = /^(?:hg|git|s3|svn|cvs):[^:]+:([^:]+):[^:]*$/.exec(file)?.[1];
  const written = versioned ?? file.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*\//i, '').replace(/^[a-z]:/i, '');
  const clean = cleanPath(written);
  if (clean === null || clean.includes('/') || name === null || !name.includes('.')) return clean;
  // The JVM's way to name a file.
  return /\.(?:java|kt|scala|groovy)$/i.test(clean)
    ? `${name.split('.').slice(0, -1).join('/')}/${clean}`
    : clean;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** How many changed files of the release have a name. */
function namesOf(commits: readonly ChangedPaths[]): ReadonlyMap<string, number> {
  const paths = new Set(commits.flatMap((commit) => commit.paths));
  const called = new Map<string, number>();
  for (const path of paths) called.set(baseName(path), (called.get(baseName(path)) ?? 0) + 1);
  return called;
}

function bestMatch(
  { path, file }: StackFile,
  changed: readonly string[],
  called: ReadonlyMap<string, number>,
): { readonly path: string; readonly by: MatchedBy } | null {
  let best: { readonly path: string; readonly by: MatchedBy } | null = null;
  for (const one of changed) {
    const by = matchedBy({ path, file }, one, called);
    if (by !== null && (best === null || WEIGHTS[by] > WEIGHTS[best.by])) best = { path: one, by };
  }
  return best;
}

function matchedBy(
  { path, file }: Pick<StackFile, 'path' | 'file'>,
  changed: string,
  called: ReadonlyMap<string, number>,
): MatchedBy | null {
  if (path === changed) return 'path';
  if (file === changed) return file.includes('/') ? 'end' : 'name';
  if (file.endsWith(`/${changed}`) && changed.includes('/')) return 'end';
  if (file.includes('/')) return changed.endsWith(`/${file}`) ? 'end' : null;
  return baseName(changed) === file && called.get(file) === 1 ? 'name' : null;
}
