// The text of a mapping as ProGuard and R8 write it (mapping.txt): original classes and members with the names that they got. What R8 adds
// in comments of JSON (source files, what it made itself, outlined code) is read, too.
// https://www.guardsquare.com/manual/tools/retrace; the same of R8, "Retrace" in its documentation

/** A member under its new name; of several with one range the first was inlined into the next. Lines 0: not told. */
export interface MappedMember {
  /** Lines in what runs; both 0: any. */
  readonly from: number;
  readonly to: number;
  /** The original class where it is not the one that it stands in. */
  readonly class: string | null;
  readonly name: string;
  /** Lines in the source. */
  readonly originalFrom: number;
  readonly originalTo: number;
  /** R8 made it: it is no code of anybody. */
  readonly isSynthesized: boolean;
  /** Code that R8 moved out of several methods; the caller tells which of them it stands for. */
  readonly isOutline: boolean;
  /** Where an outline was called from: its line in what runs, by the line in the outline. */
  readonly positions: Readonly<Record<string, number>> | null;
}

/** A class with its members by their new names. */
export interface ClassMapping {
  readonly original: string;
  readonly obfuscated: string;
  readonly file: string | null;
  readonly members: ReadonlyMap<string, readonly MappedMember[]>;
}

const CLASS = /^(\S{1,2000}) -> (\S{1,2000}):$/;
const METHOD =
  /^ {4}(?:(\d{1,9}):(\d{1,9}):)?\S{1,2000} ((?:[^\s.()]{1,500}\.){0,100})([^\s.()]{1,500})\([^)]{0,10000}\)(?::(\d{1,9}))?(?::(\d{1,9}))? -> (\S{1,500})$/;
const COMMENT = /^\s*# (\{.{1,10000}\})$/;
const MAX_MEMBERS = 100_000;

/** Gives the classes of the lines in their order; what is no line of a mapping is passed over. */
export function* parseClassMappings(lines: Iterable<string>): Generator<ClassMapping> {
  let current: Builder | null = null;
  for (const line of lines) {
    const comment = line.includes('#') ? COMMENT.exec(line) : null;
    if (comment !== null) {
      current?.comment(comment[1] ?? '');
      continue;
    }
    if (line.startsWith(' ')) {
      if (current !== null) current.member(line);
      continue;
    }
    const found = CLASS.exec(line);
    if (found === null) continue;
    if (current !== null) yield current.built();
    current = new Builder(found[1] ?? '', found[2] ?? '');
  }
  if (current !== null) yield current.built();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Builder {
  readonly #original: string;
  readonly #obfuscated: string;
  readonly #members = new Map<string, Mutable<MappedMember>[]>();
  #file: string | null = null;
  /** R8 made the class itself, as it does for lambdas: what it calls of others is theirs, the rest is nobody's. */
  #isSynthesized = false;
  #last: Mutable<MappedMember> | null = null;
  #count = 0;

  constructor(original: string, obfuscated: string) {
    this.#original = original;
    this.#obfuscated = obfuscated;
  }

  member(line: string): void {
    const match = METHOD.exec(line);
    this.#last = null;
    if (match === null || this.#count >= MAX_MEMBERS) return;
    const [, from = '0', to = '0', holder = '', name = '', first, second, obfuscated = ''] = match;
    const number = (text: string | undefined): number => Number(text ?? 0);
    const member: Mutable<MappedMember> = {
      from: number(from),
      to: number(to),
      class: holder === '' ? null : holder.slice(0, -1),
      name,
      originalFrom: number(first),
      originalTo: number(second ?? first),
      isSynthesized: this.#isSynthesized && holder === '',
      isOutline: false,
      positions: null,
    };
    this.#count += 1;
    this.#last = member;
    const known = this.#members.get(obfuscated);
    if (known === undefined) this.#members.set(obfuscated, [member]);
    else known.push(member);
  }

  /** A comment is about the member before it, or about the class. */
  comment(text: string): void {
    let about: Readonly<Record<string, unknown>>;
    try {
      about = JSON.parse(text) as Readonly<Record<string, unknown>>;
    } catch {
      return;
    }
    const { id, fileName, positions } = about;
    // `R8$$SyntheticClass` is no file of anybody.
    if (id === 'sourceFile' && typeof fileName === 'string' && !fileName.includes('$$'))
      this.#file = fileName.slice(0, 500);
    if (this.#last === null) {
      this.#isSynthesized ||= id === 'com.android.tools.r8.synthesized';
      return;
    }
    if (id === 'com.android.tools.r8.synthesized') this.#last.isSynthesized = true;
    if (id === 'com.android.tools.r8.outline') this.#last.isOutline = true;
    if (
      id === 'com.android.tools.r8.outlineCallsite' &&
      typeof positions === 'object' &&
      positions !== null
    ) {
      this.#last.positions = Object.fromEntries(
        Object.entries(positions).filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
      );
    }
  }

  built(): ClassMapping {
    return {
      original: this.#original,
      obfuscated: this.#obfuscated,
      file: this.#file,
      members: this.#members,
    };
  }
}
