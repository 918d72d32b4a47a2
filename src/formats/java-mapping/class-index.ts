// Looks obfuscated Java frames up: the frames that each of them stands for, with those that were inlined, and the names of classes.
import { BlockCache, type CachedAccess, type RandomAccess } from '../symbols/random-access.ts';
import {
  CLASS_ENTRY_BYTES,
  CLASS_HEADER_BYTES,
  CLASS_MAGIC,
  type StoredClass,
  type StoredMember,
} from './class-index-layout.ts';

/** A frame as a stack has it. */
export interface ObfuscatedFrame {
  /** With its package, as it is called at run time. */
  readonly class: string;
  readonly method: string;
  readonly line: number | null;
}

/** A frame as the source has it. */
export interface RetracedFrame {
  readonly class: string;
  /** Several methods that the frame may stand for are told with "or". */
  readonly method: string;
  readonly line: number | null;
  /** Null: the mapping does not tell. */
  readonly file: string | null;
  readonly isInlined: boolean;
}

/** An open index. */
export interface ClassIndex {
  /** The original name of a class; null: the mapping has none of this name. */
  className(obfuscated: string): string | null;
  /**
   * For each frame of a stack, innermost first, the frames that it stands for, innermost first. None: R8 made it. Null: the mapping says
   * nothing of it.
   */
  retrace(frames: readonly ObfuscatedFrame[]): readonly (readonly RetracedFrame[] | null)[];
}

const MAX_BLOCK_BYTES = 16 * 1024 * 1024;
const MAX_CLASSES = 500;
const MAX_NAMES = 3;
/** A line of the source that nothing tells. */
const UNKNOWN = -1;

/** Opens an index; a text says why it cannot be used. */
export function openClassIndex(
  source: RandomAccess,
  cache: BlockCache = new BlockCache(),
): ClassIndex | string {
  const access = cache.over(source);
  const header = access.read(0, CLASS_HEADER_BYTES);
  if (header.length < CLASS_HEADER_BYTES || !CLASS_MAGIC.equals(header.subarray(0, CLASS_MAGIC.length)))
    return 'it is none, or of another version';
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const tables = [0, 1].map((index) => ({
    at: view.getUint32(CLASS_MAGIC.length + index * 8, true),
    count: view.getUint32(CLASS_MAGIC.length + index * 8 + 4, true),
  }));
  const [obfuscated, originals] = tables;
  if (obfuscated === undefined || originals === undefined) return 'it is cut short';
  if (tables.some(({ at, count }) => at + count * CLASS_ENTRY_BYTES > source.byteLength))
    return 'it is cut short';
  return new OpenClassIndex(access, obfuscated, originals);
}

interface Table {
  readonly at: number;
  readonly count: number;
}

class OpenClassIndex implements ClassIndex {
  readonly #access: CachedAccess;
  readonly #obfuscated: Table;
  readonly #originals: Table;
  readonly #classes = new Map<string, StoredClass | null>();

  constructor(access: CachedAccess, obfuscated: Table, originals: Table) {
    this.#access = access;
    this.#obfuscated = obfuscated;
    this.#originals = originals;
  }

  className(obfuscated: string): string | null {
    return this.#class(this.#obfuscated, obfuscated)?.o ?? null;
  }

  retrace(frames: readonly ObfuscatedFrame[]): readonly (readonly RetracedFrame[] | null)[] {
    // An outline tells its caller which of its places it stood for.
    let outlineLine: number | null = null;
    return frames.map((frame) => {
      const found = this.#class(this.#obfuscated, frame.class);
      if (found === null) return null;
      const members = Object.hasOwn(found.m, `.${frame.method}`) ? (found.m[`.${frame.method}`] ?? []) : [];
      const line = this.#lineOf(members, frame.line, outlineLine);
      outlineLine = null;
      const group = groupAt(members, line);
      if (group.some(([, , , , , , flags]) => (flags & 2) !== 0)) {
        outlineLine = line;
        return [];
      }
      return this.#framesOf(found, frame, { members, group, line });
    });
  }

  #lineOf(members: readonly StoredMember[], line: number | null, outlineLine: number | null): number | null {
    if (outlineLine === null || line === null) return line;
    const callsite = groupAt(members, line).find(([, , , , , , , positions]) => positions !== null)?.[7];
    return callsite?.[String(outlineLine)] ?? line;
  }

  #framesOf(
    found: StoredClass,
    frame: ObfuscatedFrame,
    {
      members,
      group,
      line,
    }: {
      readonly members: readonly StoredMember[];
      readonly group: readonly StoredMember[];
      readonly line: number | null;
    },
  ): readonly RetracedFrame[] {
    if (group.length === 0) {
      const names = [...new Set(members.map(([, , , name]) => name))];
      const method = names.length === 0 ? frame.method : names.slice(0, MAX_NAMES).join(' or ');
      // Members that the mapping leaves out kept their names and their lines.
      const kept = names.length === 0 ? frame.line : null;
      return [{ class: found.o, method, line: kept, file: found.f, isInlined: false }];
    }
    const shown = group.filter(([, , , , , , flags]) => (flags & 1) === 0);
    return shown.map((member, index) => {
      const [from, , holder, name, originalFrom, originalTo] = member;
      const holderFile = holder === null ? found.f : (this.#class(this.#originals, holder)?.f ?? null);
      return {
        class: holder ?? found.o,
        method: name,
        line: originalLine({ line, from, originalFrom, originalTo }),
        file: holderFile,
        isInlined: index < shown.length - 1,
      };
    });
  }

  #class(table: Table, name: string): StoredClass | null {
    const key = `${table.at}:${name}`;
    const known = this.#classes.get(key);
    if (known !== undefined) return known;
    const found = this.#read(table, Buffer.from(name));
    if (this.#classes.size >= MAX_CLASSES) this.#classes.clear();
    this.#classes.set(key, found);
    return found;
  }

  #read({ at, count }: Table, name: Buffer): StoredClass | null {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [nameAt, nameBytes, block, bytes] = this.#entry(at + middle * CLASS_ENTRY_BYTES);
      const order = Buffer.from(this.#access.read(nameAt, Math.min(nameBytes, 10_000))).compare(name);
      if (order === 0) return this.#block(block, bytes);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return null;
  }

  #entry(at: number): readonly [number, number, number, number] {
    const bytes = this.#access.read(at, CLASS_ENTRY_BYTES);
    if (bytes.length < CLASS_ENTRY_BYTES) return [0, 0, 0, 0];
    const view = new DataView(bytes.buffer, bytes.byteOffset, CLASS_ENTRY_BYTES);
    return [
      view.getUint32(0, true),
      view.getUint32(4, true),
      view.getUint32(8, true),
      view.getUint32(12, true),
    ];
  }

  #block(at: number, bytes: number): StoredClass | null {
    if (bytes > MAX_BLOCK_BYTES) return null;
    try {
      return JSON.parse(Buffer.from(this.#access.read(at, bytes)).toString('utf8')) as StoredClass;
    } catch {
      // Damaged on the disk: the class stays as it is called.
      return null;
    }
  }
}

/**
 * The members that a line stands for, innermost first: the first range that has the line, and those that follow with the same range.
 * Without a line, or where no range has it, the one member without a range.
 */
function groupAt(members: readonly StoredMember[], line: number | null): readonly StoredMember[] {
  if (line !== null && line > 0) {
    const first = members.findIndex(([from, to]) => to > 0 && from <= line && line <= to);
    if (first !== -1) {
      const [from, to] = members[first] ?? [0, 0];
      let end = first;
      while (end < members.length && members[end]?.[0] === from && members[end]?.[1] === to) end += 1;
      return members.slice(first, end);
    }
  }
  const free = members.filter(([, to]) => to === 0);
  if (free.length === 1) return free;
  // All of them are parts of one method: its name is known, if not its line.
  const [only] = members;
  if (free.length > 0 || only === undefined) return [];
  if (members.length === 1 && (line === null || line <= 0)) return [only];
  const isOne = new Set(members.map(([, , holder, name]) => `${holder ?? ''}.${name}`)).size === 1;
  const [, , holder, name, , , flags, positions] = only;
  return isOne ? [[0, 0, holder, name, UNKNOWN, UNKNOWN, flags, positions]] : [];
}

/** A range of the source as long as that of what runs is counted along; any other stands for its first line. */
function originalLine({
  line,
  from,
  originalFrom,
  originalTo,
}: {
  readonly line: number | null;
  readonly from: number;
  readonly originalFrom: number;
  readonly originalTo: number;
}): number | null {
  if (originalFrom === UNKNOWN) return null;
  if (line === null || line <= 0)
    return originalFrom > 0 && originalFrom === originalTo ? originalFrom : null;
  // Without lines of the source those of what runs are the source's.
  if (originalFrom === 0) return line;
  return originalTo > originalFrom ? Math.min(originalFrom + (line - from), originalTo) : originalFrom;
}
