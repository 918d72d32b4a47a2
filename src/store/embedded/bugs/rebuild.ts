// Sums of a bug from its cases, after cases came or went as a whole.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { refreshNewest, refreshSpan } from './contribution.ts';

type Statement = (connection: Connection) => { run: (parameters: { id: number }) => unknown };

const STEPS: readonly Statement[] = [
  query<[{ id: number }]>(`DELETE FROM bug_series WHERE bug_id = @id`),
  query<[{ id: number }]>(`
    INSERT INTO bug_series (bug_id, day, version_id, platform_id, count)
    SELECT @id, day, version_id, platform_id, sum(case_series.count)
    FROM cases JOIN case_series ON case_series.case_id = cases.id
    WHERE cases.bug_id = @id GROUP BY day, version_id, platform_id`),
  query<[{ id: number }]>(`DELETE FROM bug_days WHERE bug_id = @id`),
  query<[{ id: number }]>(`
    INSERT INTO bug_days (bug_id, day, count)
    SELECT @id, day, sum(count) FROM bug_series WHERE bug_id = @id GROUP BY day`),
  query<[{ id: number }]>(`DELETE FROM bug_installations WHERE bug_id = @id`),
  query<[{ id: number }]>(`
    INSERT INTO bug_installations (bug_id, installation, count)
    SELECT @id, installation, sum(case_installations.count)
    FROM cases JOIN case_installations ON case_installations.case_id = cases.id
    WHERE cases.bug_id = @id GROUP BY installation`),
  query<[{ id: number }]>(`
    UPDATE bugs SET
      count = (SELECT ifnull(sum(count), 0) FROM cases WHERE bug_id = @id),
      installations = (SELECT count(*) FROM bug_installations WHERE bug_id = @id),
      value_rows = (
        SELECT count(*) FROM cases JOIN case_values ON case_values.case_id = cases.id WHERE cases.bug_id = @id)
    WHERE id = @id`),
];

/** Counts a bug anew. What was seen once (message, roles, severity) stays. */
export function rebuildBug(connection: Connection, id: number): void {
  for (const step of STEPS) step(connection).run({ id });
  refreshSpan(connection, id);
  refreshNewest(connection, id);
}
