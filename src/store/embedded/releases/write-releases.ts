// What tools say of releases. All of it is bounded: tools repeat themselves for years.
import type { ReleaseDeploy, ReleaseNote } from '../../releases.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { findProductId } from '../transaction/product-rows.ts';

/** Beyond, the release that was made first is forgotten; its crashes and sessions stay. */
const MAX_RELEASES = 1000;
const MAX_COMMITS = 500;
const MAX_DEPLOYS = 50;
const MAX_TEXT = 500;
/** Of one commit, and of all commits of a release. */
const MAX_PATHS = 500;
const MAX_PATHS_OF_RELEASE = 10_000;
const MAX_PATH = 300;

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

const findRelease = query<[productId: number, version: string], number>(
  `SELECT id FROM releases WHERE product_id = ? AND version = ?`,
);
const insertRelease = query<[productId: number, version: string, at: number], number>(
  `INSERT INTO releases (product_id, version, created_at) VALUES (?, ?, ?) RETURNING id`,
);
const forgetOldest = query<[productId: number, kept: number]>(`
  DELETE FROM releases WHERE id IN (
    SELECT id FROM releases WHERE product_id = ? ORDER BY id DESC LIMIT -1 OFFSET ?)`);
const changeRelease = query<[releasedAt: number | null, url: string | null, ref: string | null, id: number]>(`
  UPDATE releases SET released_at = ifnull(?, released_at), url = ifnull(?, url), ref = ifnull(?, ref) WHERE id = ?`);
const deleteRelease = query<[productId: number, version: string]>(
  `DELETE FROM releases WHERE product_id = ? AND version = ?`,
);
const deleteCommits = query<[releaseId: number]>(`DELETE FROM release_commits WHERE release_id = ?`);
const insertCommit = query<
  [
    releaseId: number,
    position: number,
    id: string,
    repository: string | null,
    author: string | null,
    message: string,
    at: number | null,
    paths: string,
    pathsLeft: number,
  ]
>(`
  INSERT INTO release_commits (release_id, position, commit_id, repository, author, message, at, paths, paths_left)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
const insertDeploy = query<
  [
    releaseId: number,
    environment: string,
    name: string | null,
    url: string | null,
    startedAt: number | null,
    finishedAt: number,
  ]
>(`
  INSERT INTO release_deploys (release_id, environment, name, url, started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?)`);
const forgetDeploys = query<[releaseId: number, kept: number]>(`
  DELETE FROM release_deploys WHERE id IN (
    SELECT id FROM release_deploys WHERE release_id = ? ORDER BY id DESC LIMIT -1 OFFSET ?)`);

function releaseNumber(connection: Connection, productId: number, version: string, now: number): number {
  const known = findRelease(connection).pluck().get(productId, version);
  if (known !== undefined) return known;
  const id = insertRelease(connection).pluck().get(productId, version, now) ?? 0;
  forgetOldest(connection).run(productId, MAX_RELEASES);
  return id;
}

/** False: there is no such product. */
export function noteRelease(
  context: WriteContext,
  { account, product }: ProductNamed,
  { version, releasedAt, url, ref, commits }: ReleaseNote,
  now: number,
): boolean {
  const { connection } = context;
  const productId = findProductId(context, account, product);
  if (productId === null) return false;
  const id = releaseNumber(connection, productId, cut(version), now);
  changeRelease(connection).run(releasedAt, cut(url), cut(ref), id);
  if (commits === null) return true;
  deleteCommits(connection).run(id);
  let room = MAX_PATHS_OF_RELEASE;
  for (const [position, commit] of commits.slice(0, MAX_COMMITS).entries()) {
    const paths = keptPaths(commit.paths, room);
    room -= paths.length;
    insertCommit(connection).run(
      ...([id, position, cut(commit.id), cut(commit.repository), cut(commit.author)] as const),
      ...([cut(commit.message), commit.at] as const),
      JSON.stringify(paths),
      commit.pathsLeft + commit.paths.length - paths.length,
    );
  }
  return true;
}

/** A path that is cut short would be another one. */
function keptPaths(paths: readonly string[], room: number): readonly string[] {
  return paths
    .filter((path) => path.length <= MAX_PATH)
    .slice(0, Math.min(MAX_PATHS, room))
    .map((path) => path.toWellFormed());
}

/** False: there is no such product. */
export function noteDeploy(
  context: WriteContext,
  { account, product }: ProductNamed,
  version: string,
  deploy: ReleaseDeploy,
  now: number,
): boolean {
  const { connection } = context;
  const productId = findProductId(context, account, product);
  if (productId === null) return false;
  const id = releaseNumber(connection, productId, cut(version), now);
  const { environment, name, url, startedAt, finishedAt } = deploy;
  insertDeploy(connection).run(id, cut(environment), cut(name), cut(url), startedAt, finishedAt);
  forgetDeploys(connection).run(id, MAX_DEPLOYS);
  return true;
}

/** False: no tool has said anything of it. */
export function forgetRelease(
  context: WriteContext,
  { account, product }: ProductNamed,
  version: string,
): boolean {
  const productId = findProductId(context, account, product);
  return productId !== null && deleteRelease(context.connection).run(productId, cut(version)).changes > 0;
}

function cut(text: string): string;
function cut(text: string | null): string | null;
function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, MAX_TEXT).toWellFormed();
}
