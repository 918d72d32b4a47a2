// Open indexes of source maps and of mappings of Java classes, one set for each processing thread: opened once, read by small blocks, kept while they are used.
import { statSync } from 'node:fs';
import { openClassIndex, type ClassIndex } from '../../../formats/java-mapping/class-index.ts';
import { openMapIndex, type MapIndex } from '../../../formats/source-maps/map-index.ts';
import { BlockCache, type RandomAccess } from '../../../formats/symbols/random-access.ts';
import { FileAccess } from '../file-access.ts';
import type { MappingSource } from './mapping-source.ts';

/** An index that is there and cannot be read. */
export const DAMAGED = 'damaged';

/** What one job asks. */
export interface Mappings {
  /** The map for each list of ids; null: none is stored. Never rejects. */
  maps(lists: readonly (readonly string[])[]): Promise<readonly (MapIndex | typeof DAMAGED | null)[]>;
  /** The same for mappings of Java classes. */
  classes(lists: readonly (readonly string[])[]): Promise<readonly (ClassIndex | typeof DAMAGED | null)[]>;
}

interface OpenFile<T> {
  readonly access: FileAccess;
  readonly index: T;
}

const MAX_OPEN = 128;
const MAX_CACHE_BYTES = 64 * 1024 * 1024;

type Open<T> = (access: RandomAccess, cache: BlockCache) => T | string;

/** Opens what a source names. */
export class MappingFiles {
  readonly #source: MappingSource;
  readonly #maps = new OpenFiles<MapIndex>(openMapIndex);
  readonly #classes = new OpenFiles<ClassIndex>(openClassIndex);

  constructor(source: MappingSource) {
    this.#source = source;
  }

  /** For a report of an account: those that the account has. */
  of(account: string): Mappings {
    return {
      maps: (lists) => this.#opened(account, lists, this.#maps),
      classes: (lists) => this.#opened(account, lists, this.#classes),
    };
  }

  async #opened<T>(
    account: string,
    lists: readonly (readonly string[])[],
    files: OpenFiles<T>,
  ): Promise<readonly (T | typeof DAMAGED | null)[]> {
    const paths = await this.#paths(account, lists);
    const opened: (T | typeof DAMAGED | null)[] = [];
    for (const [index, path] of paths.entries()) {
      const found = path === null ? null : files.get(path);
      if (found !== DAMAGED) {
        opened.push(found);
        continue;
      }
      // Written by another version, or damaged on the disk: what it was made of is stored.
      const mended = await this.#source.mendMapping(account, lists[index] ?? []).catch(() => null);
      opened.push(mended === null ? DAMAGED : files.get(mended));
    }
    return opened;
  }

  async #paths(account: string, lists: readonly (readonly string[])[]): Promise<readonly (string | null)[]> {
    return lists.length === 0 ? [] : this.#source.mappings(account, lists).catch(() => lists.map(() => null));
  }
}

/** Files of one kind, least recently used first. */
class OpenFiles<T> {
  readonly #open: Open<T>;
  readonly #cache = new BlockCache({ maxBytes: MAX_CACHE_BYTES });
  readonly #files = new Map<string, OpenFile<T>>();

  constructor(open: Open<T>) {
    this.#open = open;
  }

  get(path: string): T | typeof DAMAGED | null {
    let key: string;
    try {
      // A file that was replaced has another index under the same path.
      const { ino, size, mtimeMs } = statSync(path);
      key = `${path}:${ino}:${size}:${mtimeMs}`;
    } catch {
      // Deleted between the two steps.
      return null;
    }
    const known = this.#files.get(key);
    if (known !== undefined) {
      this.#files.delete(key);
      this.#files.set(key, known);
      return known.index;
    }
    const access = new FileAccess(path);
    const index = this.#open(access, this.#cache);
    if (typeof index === 'string') {
      access.close();
      return DAMAGED;
    }
    this.#files.set(key, { access, index });
    for (const [oldest, dropped] of this.#files) {
      if (this.#files.size <= MAX_OPEN) break;
      dropped.access.close();
      this.#files.delete(oldest);
    }
    return index;
  }
}
