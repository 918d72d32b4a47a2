// The address of a frame's line in its source: at the commit that the release was built from, or where the file's own name says
// (`hg:hg.mozilla.org/mozilla-central:xpcom/base/nsDebug.cpp:4dd0ee1a3a2b`, as Breakpad's and Socorro's symbols have it).
import type { ProcessedFrame } from '../processed-report.ts';
import { cleanPath, repositoryPath } from './repository-path.ts';
import { kindOfHost, repositoryKind } from './source-settings.ts';
import type { RepositoryKind, SourceSettings } from './source-settings.ts';

const MAX_ADDRESS = 2000;
/** Ids, branches and tags; what goes into an address is encoded beside that. */
const COMMIT = /^(?!.*\.\.)[0-9a-z][\w.\-+/]{0,199}$/i;
/** Mozilla's bucket of files that builds generate. Names of further buckets could be anybody's. */
const GENERATED_SOURCES = 'gecko-generated-sources';

/** What is known of the build that a report came from. */
export interface Build {
  readonly version: string | null;
  /** A commit, branch or tag; null: nothing names one. */
  readonly commit: string | null;
}

/** Gives the address of a frame's line; null: none is known. */
export type FrameLinker = (frame: ProcessedFrame) => string | null;

/** Whether a text can name a commit, a branch or a tag. */
export function isCommitName(text: string): boolean {
  return COMMIT.test(text);
}

/** A linker for the frames of one report. */
export function frameLinker(settings: SourceSettings, build: Build): FrameLinker {
  const hosts = hostsOf(settings);
  const commit = commitOf(settings, build);
  return (frame) => {
    const named = versionedAddress(frame.file ?? '', frame.line, hosts);
    if (named !== undefined) return named;
    const path =
      settings.repository === null && settings.template === null
        ? null
        : repositoryPath(frame, settings.paths);
    if (path === null) return null;
    return addressIn(settings, { path, line: frame.line, commit, version: build.version });
  };
}

/** The commit; where nothing names one, the tag of the version. Sentry's tools name releases after their commit. */
function commitOf({ tag }: SourceSettings, { version, commit }: Build): string | null {
  if (commit !== null && isCommitName(commit)) return commit;
  if (version !== null && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(version)) return version;
  if (tag === null || (version === null && tag.includes('{version}'))) return null;
  const name = tag.replaceAll('{version}', () => version ?? '');
  return isCommitName(name) ? name : null;
}

/** The address of a commit in the product's repository; null: none is known. */
export function commitAddress(settings: SourceSettings, id: string): string | null {
  const kind = repositoryKind(settings);
  if (kind === null || kind === 'template' || settings.repository === null || !isCommitName(id)) return null;
  return webAddress(`${settings.repository}/${COMMITS[kind]}/${encoded(id)}`);
}

const COMMITS: Readonly<Record<Exclude<RepositoryKind, 'template'>, string>> = {
  github: 'commit',
  gitlab: '-/commit',
  bitbucket: 'commits',
  bitbucket_server: 'commits',
  gitea: 'commit',
  hg: 'rev',
};

interface Place {
  readonly path: string;
  readonly line: number | null;
  readonly commit: string | null;
  readonly version: string | null;
}

function addressIn(settings: SourceSettings, { path, line, commit, version }: Place): string | null {
  const kind = repositoryKind(settings);
  if (kind === 'template') return filled(settings.template, { path, line, commit, version });
  if (kind === null || settings.repository === null || commit === null) return null;
  return webAddress(
    ADDRESSES[kind](settings.repository, { path: encoded(path), commit: encoded(commit), line }),
  );
}

type Address = (
  repository: string,
  at: { readonly path: string; readonly commit: string; readonly line: number | null },
) => string;

const anchor = (mark: string, line: number | null): string => (line === null ? '' : `#${mark}${line}`);

/** How each host writes the address of a line at a commit. */
const ADDRESSES: Readonly<Record<Exclude<RepositoryKind, 'template'>, Address>> = {
  github: (base, { path, commit, line }) => `${base}/blob/${commit}/${path}${anchor('L', line)}`,
  gitlab: (base, { path, commit, line }) => `${base}/-/blob/${commit}/${path}${anchor('L', line)}`,
  bitbucket: (base, { path, commit, line }) => `${base}/src/${commit}/${path}${anchor('lines-', line)}`,
  bitbucket_server: (base, { path, commit, line }) =>
    `${base}/browse/${path}?at=${commit.replaceAll('/', '%2F')}${anchor('', line)}`,
  // Of a tag or branch the same address works: Gitea and Forgejo look for what the text names.
  gitea: (base, { path, commit, line }) =>
    `${base}/src/${/^[0-9a-f]{7,64}$/i.test(commit) ? 'commit' : 'tag'}/${commit}/${path}${anchor('L', line)}`,
  hg: (base, { path, commit, line }) => `${base}/file/${commit}/${path}${anchor('l', line)}`,
};

function filled(template: string | null, { path, line, commit, version }: Place): string | null {
  if (template === null) return null;
  const values: Readonly<Record<string, string | null>> = {
    path: encoded(path),
    line: line === null ? '' : String(line),
    commit: commit === null ? null : encoded(commit),
    version: version === null ? null : encodeURIComponent(version),
  };
  let isWhole = true;
  const address = template.replaceAll(/\{(path|line|commit|version)\}/g, (_, name: string) => {
    const value = values[name] ?? null;
    if (value === null) isWhole = false;
    return value ?? '';
  });
  return isWhole ? webAddress(address) : null;
}

/** Hosts that file names may lead to: those that everybody knows, and the product's own. Anybody can send a file name. */
function hostsOf(settings: SourceSettings): (host: string) => RepositoryKind | null {
  const own = settings.repository === null ? null : new URL(settings.repository).host;
  return (host) => kindOfHost(host) ?? (host === own ? repositoryKind(settings) : null);
}

/**
 * `vcs:root:path:revision`, as symbols are made with the root of their repository in every file name. Undefined: the name has another
 * form; null: it leads to no host that is known.
 */
function versionedAddress(
  file: string,
  line: number | null,
  hosts: (host: string) => RepositoryKind | null,
): string | null | undefined {
  const parts = /^(hg|git|s3|svn|cvs):([^:]{1,300}):([^:]{1,1000}):([^:]{0,200})$/.exec(file);
  if (parts === null) return undefined;
  const [, vcs = '', root = '', name = '', revision = ''] = parts;
  const path = cleanPath(name);
  if (path === null || /\p{Cc}/u.test(file)) return null;
  if (vcs === 's3') {
    // The revision is the first folder of the path; the file has no lines to link to.
    return root === GENERATED_SOURCES
      ? webAddress(`https://${root}.s3.amazonaws.com/${encoded(path)}`)
      : null;
  }
  const [host = '', ...folders] = root.split('/');
  const kind = hosts(host);
  const repository = cleanPath(folders.join('/'));
  if (kind === null || kind === 'template' || repository === null || !isCommitName(revision)) return null;
  if ((vcs === 'hg') !== (kind === 'hg') || (vcs !== 'hg' && vcs !== 'git')) return null;
  const base = `https://${host}/${encoded(repository.replace(/\.git$/, ''))}`;
  return webAddress(ADDRESSES[kind](base, { path: encoded(path), commit: encoded(revision), line }));
}

/** Each segment of a path encoded for an address. */
function encoded(path: string): string {
  return path
    .toWellFormed()
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
}

/** Only pages of the web, and none that is longer than browsers take everywhere. */
function webAddress(text: string): string | null {
  if (text.length > MAX_ADDRESS || !URL.canParse(text)) return null;
  return ['http:', 'https:'].includes(new URL(text).protocol) ? text : null;
}
