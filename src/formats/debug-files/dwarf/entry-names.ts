// Names of functions: the linkage name, or the path of the declaration, wherever the chain of origins and specifications ends.
import type { DwarfEntry } from './dwarf-entry.ts';
import { DwarfEntry as Entry } from './dwarf-entry.ts';
import type { DwarfFile, EntryReference } from './dwarf-file.ts';
import type { DwarfUnit } from './dwarf-unit.ts';
import { hasScopes, type ScopeTables } from './scopes.ts';

/** Origins of origins. */
const MAX_CHAIN = 16;
/** Namespaces and classes around a name. */
const MAX_SCOPES = 32;
const MAX_NAME_CHARS = 4096;

const decoder = new TextDecoder();

/** Finds names. Holds one chain at a time. */
export class EntryNames {
  private readonly scopes: ScopeTables;
  private readonly entry = new Entry();

  constructor(scopes: ScopeTables) {
    this.scopes = scopes;
  }

  /** The position in `.debug_str` of the linkage name of a reference, without reading it; null where it has none there. */
  keyOf(from: EntryReference): number | null {
    return this.follow(from, (file, unit, entry) =>
      entry.linkageForm === 0 ? undefined : file.sharedText(unit, entry.linkageForm, entry.linkage),
    );
  }

  /** The name of the entry at a reference; empty where nothing names it. */
  nameAt(from: EntryReference): string {
    let plain: { readonly text: string; readonly at: EntryReference; readonly unit: DwarfUnit } | null = null;
    const linkage = this.follow(from, (file, unit, entry) => {
      if (entry.linkageForm !== 0) {
        const text = this.text(file, unit, entry.linkageForm, entry.linkage);
        if (text !== '') return text;
      }
      // The declaration stands in its namespace or class, a definition may stand outside.
      if (entry.nameForm !== 0) {
        const text = this.text(file, unit, entry.nameForm, entry.name);
        if (text !== '') plain = { text, at: { file, offset: entry.offset }, unit };
      } else if (plain !== null) plain = { ...plain, at: { file, offset: entry.offset }, unit };
      return undefined;
    });
    if (linkage !== null) return linkage;
    const found = plain as {
      readonly text: string;
      readonly at: EntryReference;
      readonly unit: DwarfUnit;
    } | null;
    if (found === null) return '';
    const { text, at, unit } = found;
    return hasScopes(unit.language) ? this.scoped(at, unit, text) : text;
  }

  /** Walks the chain until `visit` gives something; null at its end. */
  private follow<T>(
    from: EntryReference,
    visit: (file: DwarfFile, unit: DwarfUnit, entry: DwarfEntry) => T | undefined,
  ): T | null {
    let at: EntryReference | null = from;
    for (let steps = 0; at !== null && steps < MAX_CHAIN; steps++) {
      const { file, offset }: EntryReference = at;
      const unit = file.unitAt(offset);
      if (unit === null || file.readEntry(unit, offset, this.entry) === null) return null;
      const { entry } = this;
      const found = visit(file, unit, entry);
      if (found !== undefined) return found;
      at =
        entry.specificationForm !== 0
          ? file.reference(unit, entry.specificationForm, entry.specification)
          : entry.originForm !== 0
            ? file.reference(unit, entry.originForm, entry.origin)
            : null;
    }
    return null;
  }

  private scoped({ file, offset }: EntryReference, unit: DwarfUnit, name: string): string {
    const parts = [name];
    let length = name.length;
    for (const scope of this.scopes.around(file, unit, offset).slice(0, MAX_SCOPES)) {
      if (file.readEntry(unit, scope.offset, this.entry) === null) continue;
      const { nameForm, name: value } = this.entry;
      const text = nameForm === 0 ? '' : this.text(file, unit, nameForm, value);
      if (text === '' && !scope.isNamespace) continue;
      parts.unshift(text === '' ? '(anonymous namespace)' : text);
      length += text.length + 2;
      if (length > MAX_NAME_CHARS) break;
    }
    return parts.join('::');
  }

  private text(file: DwarfFile, unit: DwarfUnit, form: number, value: number): string {
    const bytes = file.text(unit, { form, value });
    // GCC's name for the second part of a function, where the version of DWARF allows no list of ranges.
    return bytes === null ? '' : decoder.decode(bytes).replace(/^__second_sect_of_/, '');
  }
}
