// How many different users the stored crashes of bugs name. Nothing protected is read: users are numbers.
import type { Chunk } from '../../../search/engine/chunk.ts';
import { countByBug, detailsOfBugs } from '../../../search/engine/count-by-bug.ts';
import { FIELDS } from '../../../search/fields.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { listBugs } from '../bugs/list-bugs.ts';
import type { BugFilter, BugRow } from '../../bugs.ts';
import type { Page, PageRequest } from '../../reports.ts';
import { bugsOfCases } from './bugs-of-cases.ts';
import { chunksOf } from './fact-chunks.ts';

const productsOfBugs = query<[bugIds: string], number>(`
  SELECT DISTINCT product_id FROM bugs WHERE id IN (SELECT value FROM json_each(?))`);

/** By number of the bug; 0 where no crash names one. */
export function usersOfBugs(connection: Connection, bugs: readonly number[]): ReadonlyMap<number, number> {
  const chunks = productsOfBugs(connection)
    .pluck()
    .all(JSON.stringify(bugs))
    .flatMap((product): readonly Chunk[] => chunksOf(connection, product))
    // Most products name no user, and none of their crashes is looked at.
    .filter((chunk) => chunk.column(FIELDS.user.key) !== null);
  const bugOf = bugsOfCases(connection);
  const counted = countByBug(chunks, EVERYTHING, bugOf);
  const details = detailsOfBugs(counted, bugs, { users: true }, bugOf);
  return new Map(bugs.map((id, at) => [id, details[at]?.users ?? 0]));
}

const EVERYTHING = { is: 'and', of: [] } as const;

/** A page of the list of bugs, which can go by users. */
export function listBugsAndUsers(
  connection: Connection,
  filter: BugFilter,
  page: PageRequest,
  now: number,
): Page<BugRow> {
  return listBugs(connection, filter, page, now, usersOfBugs);
}
