// Store contract: the releases of a product. A release is a version that crashes, sessions or tools named.
import type { Counted } from '../search/engine/counted.ts';
import type { BugComparison } from '../search/statistics/compare-bugs.ts';

/** Sessions of a release, all its days together. */
export interface ReleaseSessions {
  readonly sessions: number;
  readonly crashed: number;
  /** Different users since they are counted by release, and those of them with a crashed session. */
  readonly users: number;
  readonly crashedUsers: number;
}

/** What a tool said when it made the release. Times are milliseconds since 1970. */
export interface MadeRelease {
  readonly createdAt: number;
  readonly releasedAt: number | null;
  readonly url: string | null;
  /** What the release was built from: a commit, a branch, a tag. */
  readonly ref: string | null;
  readonly commits: number;
  readonly deploys: number;
}

export interface Release {
  readonly version: string;
  /** Of all time; reports that are stored no longer stay counted. */
  readonly crashes: number;
  /** Installations with a crash of it in a stored report. */
  readonly installations: number;
  /** The first and the last day with a crash or a session, `yyyy-mm-dd`; null: there is none yet. */
  readonly firstDay: string | null;
  readonly lastDay: string | null;
  readonly sessions: ReleaseSessions | null;
  readonly made: MadeRelease | null;
}

export interface ReleaseCommit {
  readonly id: string;
  readonly repository: string | null;
  readonly author: string | null;
  /** Its first line. */
  readonly message: string;
  readonly at: number | null;
  /** Paths that it changed, from the root of its repository. */
  readonly paths: readonly string[];
  /** How many more it changed, which are not kept. */
  readonly pathsLeft: number;
}

export interface ReleaseDeploy {
  readonly environment: string;
  readonly name: string | null;
  readonly url: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number;
}

/** One day of a release. */
export interface ReleaseDay {
  readonly day: string;
  readonly crashes: number;
  readonly crashedInstallations: number;
  readonly sessions: number;
  readonly users: number;
}

/** `complete`, `counted` and `existing`: of what its installations were counted in. */
export interface WholeRelease extends Release, Counted {
  /** The releases next to it in the product's order; null: there is none. */
  readonly previous: string | null;
  readonly next: string | null;
  /** Oldest first, without days on which nothing happened; the newest 400. */
  readonly days: readonly ReleaseDay[];
  /** As a tool listed them. */
  readonly commits: readonly ReleaseCommit[];
  /** Newest first. */
  readonly deploys: readonly ReleaseDeploy[];
}

/** `complete`, `counted` and `existing`: of what the installations were counted in. */
export interface ReleaseList extends Counted {
  /** Newest first, in the product's order. */
  readonly releases: readonly Release[];
  readonly total: number;
}

/** One of two releases that are compared, in the days that both have had. */
export interface ComparedRelease {
  readonly version: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly crashes: number;
  /** Installations that crashed. */
  readonly crashedInstallations: number;
  /** Crashes that name no installation: no comparison counts them. */
  readonly withoutInstallation: number;
  readonly sessions: ReleaseSessions | null;
  /** What shares are of: see `ReleaseComparison.basis`. */
  readonly exposure: number;
}

export interface ComparedBug extends BugComparison {
  readonly bugId: number;
  readonly base: { readonly installations: number; readonly crashes: number };
  readonly new: { readonly installations: number; readonly crashes: number };
}

/** `complete`, `counted` and `existing`: of the release of which the smaller part was counted. */
export interface ReleaseComparison extends Counted {
  /** `active`: shares of the installations that sent sessions. `crashed`: nobody knows how many ran it; shares of those that crashed. */
  readonly basis: 'active' | 'crashed';
  /** So many days of each, from the first. */
  readonly days: number;
  readonly base: ComparedRelease;
  readonly new: ComparedRelease;
  /** New ones first, then worse, gone, better, the same, too few to tell; at most 200 of each. */
  readonly bugs: readonly ComparedBug[];
  readonly counts: Readonly<Record<BugComparison['verdict'], number>>;
}

/** A release as a tool makes or changes it; what is null stays as it was. */
export interface ReleaseNote {
  readonly version: string;
  readonly releasedAt: number | null;
  readonly url: string | null;
  readonly ref: string | null;
  readonly commits: readonly ReleaseCommit[] | null;
}

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

export interface ReleaseStore {
  /** `offset` releases are left out, newest first; none for a product that does not exist. */
  list(
    product: ProductNamed,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<ReleaseList>;
  /** Null: nothing named this version. */
  get(product: ProductNamed, version: string): Promise<WholeRelease | null>;
  /** At most `days` days of each release. `bugId`: that bug alone is listed. Null: one of the two is no release. */
  compare(
    product: ProductNamed,
    asked: {
      readonly base: string;
      readonly new: string;
      readonly days: number;
      readonly bugId: number | null;
    },
  ): Promise<ReleaseComparison | null>;
  /** Remembers what a tool says of a release. False: no such product, or it has as many as are remembered. */
  note(product: ProductNamed, note: ReleaseNote): Promise<boolean>;
  /** Remembers where a release went, and the release with it. */
  deployed(product: ProductNamed, version: string, deploy: ReleaseDeploy): Promise<boolean>;
  /** The commit, branch or tag that a release was built from, as a tool said: its ref, else its newest commit. Null: nobody said. */
  builtFrom(product: ProductNamed, version: string): Promise<string | null>;
  /** The commits that a tool named of a release, in its order; null: no tool made this release. */
  commitsOf(product: ProductNamed, version: string): Promise<readonly ReleaseCommit[] | null>;
  /** Names of an account's products that a tool made this release for. */
  madeFor(account: string, version: string): Promise<readonly string[]>;
  /** Forgets what tools said of a release; what crashes and sessions say stays. */
  forget(product: ProductNamed, version: string): Promise<boolean>;
}
