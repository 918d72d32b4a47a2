// The version line of a Go program, with which a Syncthing report begins (docs/protocols/syncthing.md); any program may use the form:
// `syncthing v1.1.4 "Erbium Earthworm" (go1.12.5 darwin-amd64) user@host 2019-05-21 20:36:38 UTC [tag, tag]`.

/** What the line says. */
export interface GoVersionLine {
  readonly program: string;
  /** As printed: `v1.1.3+39-g62a6d619e-dirty`, `unknown-dev`. */
  readonly version: string;
  /** The release within the version: `v1.1.3`. */
  readonly tag: string;
  /** The commit where the build was not made from a tag; else empty. */
  readonly commit: string;
  readonly codename: string;
  /** Version of the Go runtime. */
  readonly runtime: string;
  readonly os: string;
  readonly architecture: string;
  /** `user@host` of the build; null where it is missing. */
  readonly builder: string | null;
  readonly built: string | null;
  /** Build tags: `stnoupgrade`. */
  readonly tags: readonly string[];
}

/** How finished a build is, as Syncthing names it. */
export type GoEnvironment = 'Development' | 'Candidate' | 'Beta' | 'Stable';

/** Longer lines are no version lines. */
const MAX_LINE = 2000;
/** Lines of a text that are looked at: monitors write the version within the first few. */
const MAX_LINES = 50;
// Whatever stands before the program's name (a timestamp, a level) is passed over, in any form.
const LINE =
  /(?:^|\s)([^\s"]{1,100})\s+(v\d[^\s"]{0,200}|unknown-dev[^\s"]{0,200})\s+"([^"]{0,200})"\s+\(([^\s()]{1,100})\s+([^()]{1,100})-([^\s()-]{1,50})\)(.*)$/;
/** Where a release's name ends and git's words about the build begin: newest form `+39-g62a…`, before it `.26.gdf7b56ae`. */
const GIT_WORDS = /\+|\.(?=\d+\.g[0-9a-f]+)/;

/** Reads a line; null where it is of another form. */
export function readGoVersionLine(line: string): GoVersionLine | null {
  // The name of a release stands in quotes, which most lines have not.
  if (line.length > MAX_LINE || !line.includes('"')) return null;
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, program = '', version = '', codename = '', runtime = '', os = '', architecture = '', rest = ''] =
    match;
  const tail = rest.replace(/\s*\(log\.pkg=[^)]*\)\s*$/, '').trim();
  const tagged = /^(.*?)\s*\[([^\]]*)\]$/.exec(tail);
  const build = (tagged?.[1] ?? tail).trim();
  const space = build.indexOf(' ');
  const tags = (tagged?.[2] ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return {
    program,
    version,
    ...releaseOf(version),
    codename,
    runtime,
    os,
    architecture,
    builder: filled(space === -1 ? build : build.slice(0, space)),
    built: filled(space === -1 ? '' : build.slice(space + 1).trim()),
    tags,
  };
}

/** The first version line at the top of a text; null where there is none. */
export function firstVersionLine(text: string): GoVersionLine | null {
  for (const line of text.slice(0, MAX_LINES * MAX_LINE).split('\n', MAX_LINES)) {
    const version = readGoVersionLine(line.trimEnd());
    if (version !== null) return version;
  }
  return null;
}

/** A build from a commit is Development, a tag with `-rc.` a Candidate, one with any `-` a Beta, the rest Stable. */
export function goEnvironment({ commit, tag }: Pick<GoVersionLine, 'commit' | 'tag'>): GoEnvironment {
  if (commit !== '') return 'Development';
  if (tag.includes('-rc.')) return 'Candidate';
  return tag.includes('-') ? 'Beta' : 'Stable';
}

function releaseOf(version: string): Pick<GoVersionLine, 'tag' | 'commit'> {
  const at = GIT_WORDS.exec(version)?.index;
  if (at === undefined) return { tag: version, commit: '' };
  const commit = version.slice(at + 1).split(/[.-]/)[1] ?? '';
  return { tag: version.slice(0, at), commit: commit.startsWith('g') ? commit.slice(1) : '' };
}

function filled(text: string): string | null {
  return text === '' ? null : text;
}
