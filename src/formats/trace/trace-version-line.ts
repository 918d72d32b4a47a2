// The version line at the top of a panic log, as `syncthing --version` prints it; any program may use the same form.

/** The parts of a version line. */
export interface GoVersionLine {
  readonly program: string;
  /** As printed: `v1.1.3+39-g62a6d619e-dirty`. */
  readonly version: string;
  /** The release tag within the version. */
  readonly tag: string;
  /** The commit where the build was not made from a tag; else empty. */
  readonly commit: string;
  readonly codename: string;
  readonly runtime: string;
  readonly goos: string;
  readonly goarch: string;
  readonly builder: string;
  /** Build tags: `stnoupgrade`. */
  readonly extra: readonly string[];
}

/** How finished a build is, as Syncthing names it. */
export type GoEnvironment = 'Development' | 'Candidate' | 'Beta' | 'Stable';

const MAX_LENGTH = 1000;
// program v1.2.3 "Code Name" (go1.25.0 darwin-amd64) builder date [tag, tag] (log.pkg=main)
const VERSION_LINE =
  /(\S+)\s+(v\S+)\s+"([^"]*)"\s+\((\S+)\s+([^-]+)-([^)]+)\)\s+(\S+)([^[]*)(?:\[([^\]]*)\])?/;

/** Understands a version line; a time and a level before it and log fields after it do not matter. Null: it is none. */
export function parseGoVersionLine(line: string): GoVersionLine | null {
  const match = VERSION_LINE.exec(line.slice(0, MAX_LENGTH));
  if (match === null) return null;
  const [, program = '', version = '', codename = '', runtime = '', goos = '', goarch = '', builder = ''] =
    match;
  const [tag = '', description = ''] = version.split('+', 2);
  const commit = description.split('-')[1] ?? '';
  return {
    program,
    version,
    tag,
    commit: commit.startsWith('g') ? commit.slice(1) : '',
    codename,
    runtime,
    goos,
    goarch,
    builder,
    extra: (match[9] ?? '')
      .split(',')
      .map((tagName) => tagName.trim())
      .filter((tagName) => tagName !== ''),
  };
}

/** A build from a commit is Development, a tag with `-rc.` a Candidate, one with any `-` a Beta, the rest Stable. */
export function goEnvironment({ commit, tag }: Pick<GoVersionLine, 'commit' | 'tag'>): GoEnvironment {
  if (commit !== '') return 'Development';
  if (tag.includes('-rc.')) return 'Candidate';
  return tag.includes('-') ? 'Beta' : 'Stable';
}

/** Lines of a text that are looked at: monitors write the version within the first few. */
const MAX_LINES = 50;

/** The first version line at the top of a text; null where there is none. */
export function firstVersionLine(text: string): GoVersionLine | null {
  for (const line of text.slice(0, MAX_LINES * MAX_LENGTH).split('\n', MAX_LINES)) {
    const version = parseGoVersionLine(line);
    if (version !== null) return version;
  }
  return null;
}
