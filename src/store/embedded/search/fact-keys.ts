// The keys that reports brought, and which of them a reader sees in a product.
import type { SearchedProduct } from '../../crash-search.ts';
import { FIELDS, FIRST_REPORTED_KEY, OTHER_KEY } from '../../../search/fields.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

interface FactKey {
  readonly id: number;
  readonly section: string;
  readonly name: string;
  readonly protected: number;
}

const selectKeys = query<[], FactKey>(
  `SELECT id, section, name, protected FROM fact_keys ORDER BY section, name`,
);

/** Annotations are public by name; nothing else that is protected is. */
const ANNOTATIONS = 'annotations';
const OF_MESSAGES = new Set<number>(
  Object.values(FIELDS).flatMap(({ key, seen }) => (seen === 'messages' ? [key] : [])),
);

/** What one reader sees of all keys. */
export class SeenKeys {
  readonly #keys: readonly FactKey[];
  readonly #byName = new Map<string, readonly FactKey[]>();

  constructor(connection: Connection) {
    this.#keys = selectKeys(connection).all();
    for (const [name, keys] of Map.groupBy(this.#keys, (key) => key.name)) this.#byName.set(name, keys);
  }

  /** Whether the reader sees a key in a product, by its number. */
  sight({ publicNames, messages }: SearchedProduct): (key: number) => boolean {
    if (publicNames === null) return () => true;
    const names = new Set(publicNames);
    const seen = new Set(this.#keys.filter((key) => isSeen(key, names)).map(({ id }) => id));
    return (key) => {
      if (key >= FIRST_REPORTED_KEY) return seen.has(key);
      return key !== OTHER_KEY && (messages || !OF_MESSAGES.has(key));
    };
  }

  /** Numbers of keys with a name that the reader sees in any of the products. */
  named(name: string, section: string | null, sees: (key: number) => boolean): readonly number[] {
    const found = this.#byName.get(name) ?? [];
    return found
      .filter((key) => (section === null || key.section === section) && sees(key.id))
      .map(({ id }) => id);
  }

  /** The keys that the reader sees. */
  all(sees: (key: number) => boolean): readonly FactKey[] {
    return this.#keys.filter(({ id }) => sees(id));
  }
}

function isSeen(key: FactKey, publicNames: ReadonlySet<string>): boolean {
  if (key.protected === 0) return true;
  return key.section === ANNOTATIONS && publicNames.has(key.name);
}
