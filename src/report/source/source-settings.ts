// Where the source of a product lies, as its administrators say: the repository, where builds had it, and who owns what.

/** Hosts of source code whose addresses of lines are known; `template`: the product gives its own. */
export const REPOSITORY_KINDS = [
  'github',
  'gitlab',
  'bitbucket',
  'bitbucket_server',
  'gitea',
  'hg',
  'template',
] as const;
export type RepositoryKind = (typeof REPOSITORY_KINDS)[number];

/** Files whose names begin with `from` lie in the repository below `to`. */
export interface PathRule {
  readonly from: string;
  readonly to: string;
}

export interface SourceSettings {
  /** The address of the repository's page; null: frames link nowhere, unless their file names say where. */
  readonly repository: string | null;
  /** Null: by the host of the repository. */
  readonly kind: RepositoryKind | null;
  /** The address of a line, with `{path}`, `{line}`, `{commit}` and `{version}`; only for the kind `template`. */
  readonly template: string | null;
  /** The first that fits decides. */
  readonly paths: readonly PathRule[];
  /** Annotations that may name the commit; they come before what a tool said of the release. */
  readonly commitAnnotations: readonly string[];
  /** The name of a tag or branch where nothing names a commit, with `{version}` in it; null: there is no link then. */
  readonly tag: string | null;
  /** Lines as in a CODEOWNERS file. */
  readonly owners: readonly string[];
}

export const NO_SOURCE: SourceSettings = {
  repository: null,
  kind: null,
  template: null,
  paths: [],
  commitAnnotations: [],
  tag: null,
  owners: [],
};

/** Hosts that everybody knows, and what runs there. Others are told by their product. */
const KNOWN_HOSTS: Readonly<Record<string, RepositoryKind>> = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'bitbucket.org': 'bitbucket',
  'codeberg.org': 'gitea',
  'gitea.com': 'gitea',
  'hg.mozilla.org': 'hg',
};

/** What runs at a host; null: nobody said. */
export function kindOfHost(host: string): RepositoryKind | null {
  return Object.hasOwn(KNOWN_HOSTS, host) ? (KNOWN_HOSTS[host] ?? null) : null;
}

/** The kind of a product's repository; null where neither its settings nor its host tell. */
export function repositoryKind({
  repository,
  kind,
}: Pick<SourceSettings, 'repository' | 'kind'>): RepositoryKind | null {
  if (kind !== null) return kind;
  return repository !== null && URL.canParse(repository) ? kindOfHost(new URL(repository).host) : null;
}

/** A repository's address as it is kept: http or https, without credentials, query, `.git` and slashes at its end; null: it is none. */
export function repositoryAddress(text: string): string | null {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  const path = url.pathname.replace(/\/+$/, '').replace(/\.git$/, '');
  return `${url.origin}${path}`;
}
