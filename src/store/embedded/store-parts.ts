// What the parts of an open embedded store share.
import type { Connection } from './database/query.ts';
import type { EmbeddedOptions } from './options.ts';
import type { Files } from './disk/files.ts';
import type { Layout } from './disk/folder-layout.ts';
import type { KeyedProduct } from '../../report/client-rules.ts';
import type { ProductPolicy } from '../intake.ts';
import type { Recent } from './recent.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { PackWriter } from './disk/pack-writer.ts';
import type { PackingPool } from './packing/packing-pool.ts';
import type { ReaderPool } from './reading/reader-pool.ts';
import type { Secrets } from './secrets/stored-secrets.ts';
import type { WriterClient } from './thread/writer-client.ts';

export interface StoreParts {
  readonly options: EmbeddedOptions;
  readonly now: () => number;
  readonly layout: Layout;
  readonly files: Files;
  /** For point lookups on the main thread; it never writes. */
  readonly connection: Connection;
  /** For reads of more than a few rows. */
  readonly reader: ReaderPool;
  readonly writer: WriterClient;
  /** Hashes and compresses what comes in. */
  readonly pool: PackingPool;
  /** Where larger attachments go. */
  readonly packs: PackWriter;
  readonly secrets: Secrets;
  readonly products: Recent<ProductPolicy | null>;
  /** Products by their keys (DSNs). */
  readonly keys: Recent<KeyedProduct | null>;
  readonly disk: DiskWatch;
  /** Damage of the database that an examination found, in SQLite's words; null: none so far. */
  readonly damage: () => string | null;
}
