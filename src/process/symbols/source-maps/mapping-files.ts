// Open indexes of source maps, one set for each processing thread: opened once, read by small blocks, kept while they are used.
import { statSync } from 'node:fs';
import { openMapIndex, type MapIndex } from '../../../formats/source-maps/map-index.ts';
import { BlockCache } from '../../../formats/symbols/random-access.ts';
import { FileAccess } from '../file-access.ts';
import type { MappingSource } from './mapping-source.ts';

/** An index that is there and cannot be read. */
export const DAMAGED = 'damaged';

/** What one job asks. */
export interface Mappings {
  /** The map for each list of ids; null: none is stored. Never rejects. */
  maps(lists: readonly (readonly string[])[]): Promise<readonly (MapIndex | typeof DAMAGED | null)[]>;
}

interface OpenFile<T> {
  readonly access: FileAccess;
  readonly index: T;
}

const MAX_OPEN = 128;
const MAX_CACHE_BYTES = 64 * 1024 * 1024;

/** Opens what a source names. */
export class MappingFiles implements Mappings {
  readonly #source: MappingSource;
  readonly #cache = new BlockCache({ maxBytes: MAX_CACHE_BYTES });
  /** Least recently used first. */
  readonly #maps = new Map<string, OpenFile<MapIndex>>();

  constructor(source: MappingSource) {
    this.#source = source;
  }

  async maps(lists: readonly (readonly string[])[]): ReturnType<Mappings['maps']> {
    if (lists.length === 0) return [];
    const paths = await this.#source.mappings(lists).catch(() => lists.map(() => null));
    return paths.map((path) => (path === null ? null : this.#map(path)));
  }

  #map(path: string): MapIndex | typeof DAMAGED | null {
    let key: string;
    try {
      // A file that was replaced has another map under the same path.
      const { ino, size, mtimeMs } = statSync(path);
      key = `${path}:${ino}:${size}:${mtimeMs}`;
    } catch {
      // Deleted between the two steps.
      return null;
    }
    const known = this.#maps.get(key);
    if (known !== undefined) {
      this.#maps.delete(key);
      this.#maps.set(key, known);
      return known.index;
    }
    const access = new FileAccess(path);
    const index = openMapIndex(access, this.#cache);
    if (typeof index === 'string') {
      access.close();
      return DAMAGED;
    }
    this.#maps.set(key, { access, index });
    for (const [oldest, dropped] of this.#maps) {
      if (this.#maps.size <= MAX_OPEN) break;
      dropped.access.close();
      this.#maps.delete(oldest);
    }
    return index;
  }
}
