// The writer's ledger from transaction to transaction: it stays while nobody else has changed the database.
import { Ledger } from '../../filing/ledger.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { SqliteBacking } from './sqlite-backing.ts';

/** Changes when another connection has committed, never by this one's commits. */
const dataVersion = query<[], number>(`PRAGMA data_version`);

export class KeptLedger {
  readonly ledger = new Ledger();
  #version = 0;

  /** A transaction has begun. */
  begin(context: WriteContext): void {
    const version = dataVersion(context.connection).pluck().get() ?? 0;
    if (version !== this.#version) this.ledger.clear();
    this.#version = version;
    this.ledger.begin(new SqliteBacking(context));
  }
}
