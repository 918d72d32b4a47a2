// Makes the index of a mapping of Java classes, once, when it arrives. Memory holds the names; the members go out class by class.
import {
  CLASS_HEADER_BYTES,
  CLASS_MAGIC,
  type StoredClass,
  type StoredMember,
} from './class-index-layout.ts';
import type { ClassMapping, MappedMember } from './parse-class-mappings.ts';

/** What was found. */
export interface ClassFacts {
  readonly classes: number;
  readonly members: number;
}

interface Entry {
  readonly name: Buffer;
  readonly at: number;
  readonly bytes: number;
}

/** Hands the index to `emit` piece by piece; `header` belongs at its start. */
export function buildClassIndex(
  classes: Iterable<ClassMapping>,
  emit: (bytes: Uint8Array) => void,
): { readonly facts: ClassFacts; readonly header: Uint8Array } {
  let at = CLASS_HEADER_BYTES;
  emit(Buffer.alloc(CLASS_HEADER_BYTES));
  const write = (bytes: Uint8Array): number => {
    const start = at;
    emit(bytes);
    at += bytes.length;
    if (at > 0xffff_ffff) throw new Error('the mapping is too large');
    return start;
  };
  const obfuscated: Entry[] = [];
  const originals: Entry[] = [];
  let members = 0;
  for (const mapping of classes) {
    const block = Buffer.from(JSON.stringify(storedClass(mapping)));
    const entry = { at: write(block), bytes: block.length };
    obfuscated.push({ name: Buffer.from(mapping.obfuscated), ...entry });
    originals.push({ name: Buffer.from(mapping.original), ...entry });
    for (const each of mapping.members.values()) members += each.length;
  }
  const header = Buffer.alloc(CLASS_HEADER_BYTES);
  CLASS_MAGIC.copy(header);
  for (const [index, entries] of [obfuscated, originals].entries()) {
    const table = Buffer.alloc(entries.length * 16);
    for (const [position, { name, at: block, bytes }] of entries
      .toSorted((one, other) => one.name.compare(other.name))
      .entries()) {
      table.writeUInt32LE(write(name), position * 16);
      table.writeUInt32LE(name.length, position * 16 + 4);
      table.writeUInt32LE(block, position * 16 + 8);
      table.writeUInt32LE(bytes, position * 16 + 12);
    }
    header.writeUInt32LE(write(table), CLASS_MAGIC.length + index * 8);
    header.writeUInt32LE(entries.length, CLASS_MAGIC.length + index * 8 + 4);
  }
  return { facts: { classes: obfuscated.length, members }, header };
}

function storedClass({ original, file, members }: ClassMapping): StoredClass {
  return {
    o: original,
    f: file,
    m: Object.fromEntries([...members].map(([name, all]) => [`.${name}`, all.map(storedMember)])),
  };
}

function storedMember(member: MappedMember): StoredMember {
  const { from, to, class: holder, name, originalFrom, originalTo, positions } = member;
  const flags = (member.isSynthesized ? 1 : 0) + (member.isOutline ? 2 : 0);
  return [from, to, holder, name, originalFrom, originalTo, flags, positions];
}
