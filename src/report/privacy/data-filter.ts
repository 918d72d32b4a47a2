// The data rules of a product on one report: names that are never stored are left out, values are scrubbed. Used where a report arrives, before
// anything of it is stored, and again when it is processed, so that what was stored under other rules shows no more than the rules of now.
import { ownTurn } from '../../base/own-turn.ts';
import { asObject } from '../crashkit/json-object.ts';
import type { Annotation } from '../report.ts';
import { setMember } from './changed-members.ts';
import type { Found } from './data-notes.ts';
import { type DataRules, type ScrubKind, SCRUB_KINDS } from './data-rules.ts';
import { type Place, within } from './event-structure.ts';
import { encoded, FILTERED } from './filter-text.ts';
import { NeverStored } from './never-stored.ts';
import { OwnPatterns, type PatternResult, type PatternRun } from './own-patterns.ts';
import { decoded, namesOf, replaceParameters } from './query-parameters.ts';
import { rewrittenJson, rewrittenJsonBytes } from './rewritten-json.ts';
import { scrubKinds } from './scrub-kinds.ts';

const MAX_DEPTH = 60;
/** Texts up to this size are looked into as JSON, whole payloads up to what is held of them. */
const MAX_INNER_JSON = 1024 * 1024;
const MAX_KEPT = 200;
/** Values of a query that are queries themselves, written with `%`, are read so many levels deep. */
const MAX_INNER_QUERY = 2;
/** Values that were left out by name and are remembered. */
const MAX_REMOVED = 5000;

/** Versions of four numbers look like addresses. */
const OF_VERSION = /version|build|release|^ver$|revision/i;
const OF_CODE: ReadonlySet<ScrubKind> = new Set(['home']);

/** Rules made ready for use; kept while they stay the same. */
interface Compiled {
  readonly names: NeverStored;
  readonly patterns: OwnPatterns;
}
const compiledFor = new Map<string, Compiled>();

function compiled({ neverStored, patterns }: DataRules): Compiled {
  const key = JSON.stringify([neverStored, patterns]);
  const known = compiledFor.get(key);
  if (known !== undefined) return known;
  if (compiledFor.size >= MAX_KEPT) compiledFor.clear();
  const made = { names: new NeverStored(neverStored), patterns: new OwnPatterns(patterns) };
  compiledFor.set(key, made);
  return made;
}

/** Looks through one report. */
export class DataFilter {
  /** What was found how often. */
  readonly found = new Map<Found, number>();
  /** Values that were left out by their name: what repeats one elsewhere in the report is not kept either. */
  readonly removedValues = new Set<string>();
  readonly #names: NeverStored;
  readonly #kinds: readonly ScrubKind[];
  readonly #rules: DataRules;
  readonly #run: PatternRun | null;
  readonly #scrub: (text: string) => PatternResult;
  /** Of lists that items were left out of: the places of those that stayed. */
  readonly #places = new WeakMap<readonly unknown[], readonly number[]>();

  /** `scrub`: what takes the place of the product's own expressions. */
  constructor(rules: DataRules, scrub?: (text: string) => PatternResult) {
    const { names, patterns } = compiled(rules);
    this.#rules = rules;
    this.#names = names;
    this.#kinds = SCRUB_KINDS.filter((kind) => rules.scrub.includes(kind));
    const run = patterns.isEmpty ? null : patterns.forReport();
    this.#run = run;
    this.#scrub = scrub ?? ((text) => run?.scrub(text) ?? { text, finds: 0, isWhole: true });
  }

  /**
   * What `look` makes of values with the filter it is given, where the product's own expressions may take long: others have their turns
   * meanwhile. `look` is called twice, first to hear which texts there are.
   */
  async inTurns<Result>(look: (filter: DataFilter) => Result): Promise<Result> {
    if (this.#run !== null) {
      const texts = new Set<string>();
      look(
        new DataFilter(this.#rules, (text) => {
          texts.add(text);
          return { text, finds: 0, isWhole: true };
        }),
      );
      await this.#run.ahead(texts, ownTurn);
    }
    return look(this);
  }

  /** How many values were left out or changed, all together. */
  get count(): number {
    return [...this.found.values()].reduce((sum, one) => sum + one, 0);
  }

  /** Whether an annotation, part or parameter of this name is left out. */
  isNeverStored(name: string): boolean {
    return this.#names.has(name);
  }

  /** Those that may be stored, their values scrubbed. `tags.mail` goes where `mail` is never stored. */
  annotations(annotations: readonly Annotation[]): readonly Annotation[] {
    return annotations.flatMap(({ key, value }) => {
      if (this.#isNamed(key)) {
        this.#remove(value);
        return [];
      }
      return [{ key, value: this.text(value, key) }];
    });
  }

  /** A text, one that is JSON itself looked into. `name`: what it is called. */
  text(text: string, name = ''): string {
    return this.#text(text, name, 0, false);
  }

  /** The name of an installation; null where it is a value that is never stored, or would be scrubbed: a part of it names nobody. */
  installation(name: string | null): string | null {
    return name === null || this.removedValues.has(name) || this.text(name) !== name ? null : name;
  }

  /** A text that is code or a path: names of home folders alone go. */
  code(text: string): string {
    return this.#text(text, '', MAX_DEPTH + 1, true);
  }

  /** What a payload holds: JSON or a text, as the bytes to be stored; the very same where nothing changes. */
  payload(bytes: Buffer): Buffer {
    const text = bytes.toString('utf8');
    let parsed: unknown;
    try {
      parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
    } catch {
      const after = this.text(text);
      return after === text ? bytes : Buffer.from(after);
    }
    return this.rewritten(bytes, this.structured(parsed));
  }

  /** The bytes of a JSON payload with the values that it was given; what did not change stays as it is written. */
  rewritten(bytes: Buffer, after: unknown): Buffer {
    return rewrittenJsonBytes(bytes, after, (list) => this.#places.get(list));
  }

  /** An event or report in its own structure; what does not change is the same object. */
  structured(value: unknown): unknown {
    return this.#value(value, { path: '', name: '', isData: false, isCode: false }, 0);
  }

  #isNamed(path: string): boolean {
    if (this.#names.isEmpty) return false;
    if (this.#names.has(path)) return true;
    const dot = path.lastIndexOf('.');
    return dot !== -1 && this.#names.has(path.slice(dot + 1));
  }

  #remove(value: unknown): undefined {
    this.#count('name');
    if (typeof value === 'string' && value !== '' && this.removedValues.size < MAX_REMOVED)
      this.removedValues.add(value);
    return undefined;
  }

  #count(found: Found, count = 1): void {
    this.found.set(found, (this.found.get(found) ?? 0) + count);
  }

  #value(value: unknown, place: Place, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value, place.name, depth, place.isCode);
    // Numbers of cards and the like come as numbers, too; those of code are lines and addresses.
    if (typeof value === 'number' && place.isData) {
      const after = this.#text(String(value), place.name, depth, false);
      return after === String(value) ? value : after;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) return FILTERED;
    return Array.isArray(value)
      ? this.#list(value, place, depth)
      : this.#members(value as Readonly<Record<string, unknown>>, place, depth);
  }

  #members(object: Readonly<Record<string, unknown>>, place: Place, depth: number): unknown {
    let out: Record<string, unknown> | null = null;
    for (const name of Object.keys(object)) {
      const value = object[name];
      const inner = within(place, name);
      const isRemoved = inner.isData && (this.#isNamed(name) || this.#names.has(inner.path));
      const after = isRemoved ? this.#remove(value) : this.#value(value, inner, depth + 1);
      if (after === value && !isRemoved) continue;
      out ??= { ...object };
      if (isRemoved) delete out[name];
      else setMember(out, name, after);
    }
    return out ?? object;
  }

  /** Lists of pairs (`[["mail", "…"]]`) and of named values (`[{"key": "mail", "value": "…"}]`) are members, too. */
  #list(list: readonly unknown[], place: Place, depth: number): readonly unknown[] {
    let changed = false;
    const out: unknown[] = [];
    const places: number[] = [];
    for (const [index, item] of list.entries()) {
      const name = place.isData ? nameOfItem(item) : null;
      if (name !== null && (this.#isNamed(name) || this.#names.has(`${place.path}.${name}`))) {
        this.#remove(Array.isArray(item) ? item[1] : asObject(item)?.['value']);
        changed = true;
        continue;
      }
      const after = this.#value(item, place, depth + 1);
      changed ||= after !== item;
      out.push(after);
      places.push(index);
    }
    if (out.length < list.length) this.#places.set(out, places);
    return changed ? out : list;
  }

  #text(text: string, name: string, depth: number, isCode: boolean): string {
    const inner = this.#innerJson(text, depth);
    if (inner !== null) return inner;
    let out = this.#withoutParameters(text, name, depth, 0);
    const kinds = isCode
      ? this.#kinds.filter((kind) => OF_CODE.has(kind))
      : OF_VERSION.test(name)
        ? this.#kinds.filter((kind) => kind !== 'ip')
        : this.#kinds;
    out = scrubKinds(out, kinds, (kind) => this.#count(kind));
    if (isCode) return out;
    if (out === '') return out;
    const scrubbed = this.#scrub(out);
    if (scrubbed.finds > 0) this.#count('pattern', scrubbed.finds);
    if (!scrubbed.isWhole) this.#count('unseen');
    return scrubbed.text;
  }

  /** Queries, cookies and form bodies without what is never stored; values that are such texts themselves, or JSON, are looked into. */
  #withoutParameters(text: string, name: string, depth: number, level: number): string {
    if (this.#names.isEmpty || !text.includes('=')) return text;
    return replaceParameters(text, name, (parameter, value) => {
      if (value === FILTERED) return null;
      if (namesOf(parameter).some((one) => this.#isNamed(one))) {
        this.#remove(decoded(value));
        return FILTERED;
      }
      if (level === MAX_INNER_QUERY || !value.includes('%')) return null;
      const inner = decoded(value);
      const after =
        this.#innerJson(inner, depth + 1) ?? this.#withoutParameters(inner, parameter, depth, level + 1);
      return after === inner ? null : encoded(after);
    });
  }

  #innerJson(text: string, depth: number): string | null {
    if (text.length < 4 || text.length > MAX_INNER_JSON || depth > MAX_DEPTH || !/^\s{0,100}[[{]/.test(text))
      return null;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return null;
    }
    if (typeof parsed !== 'object' || parsed === null) return null;
    const after = this.#value(parsed, { path: '', name: '', isData: true, isCode: false }, depth + 1);
    return rewrittenJson(text, after, (list) => this.#places.get(list));
  }
}

function nameOfItem(item: unknown): string | null {
  if (Array.isArray(item)) return item.length === 2 && typeof item[0] === 'string' ? item[0] : null;
  const object = asObject(item);
  if (object === null || !Object.hasOwn(object, 'value')) return null;
  const name = object['key'] ?? object['name'];
  return typeof name === 'string' ? name : null;
}
