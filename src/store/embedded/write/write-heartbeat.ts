// The heartbeat: a row goes in and comes back, through the same thread and fsync as reports.
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const putHeartbeat = query<[value: Uint8Array]>(`
  INSERT INTO settings (name, value) VALUES ('heartbeat', ?)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);

/** Writes a value that the caller then reads back. */
export function heartbeat({ connection }: WriteContext, value: Uint8Array): void {
  putHeartbeat(connection).run(value);
}
