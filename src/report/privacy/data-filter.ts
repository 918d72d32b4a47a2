// The data rules of a product on one report: names that are never stored are left out, values are scrubbed. Used where a report arrives, before
// anything of it is stored, and again when it is processed, so that what was stored under other rules shows no more than the rules of now.
import { ownTurn } from '../../base/own-turn.ts';
import { asObject } from '../crashkit/json-object.ts';
import type { Annotation } from '../report.ts';
import { setMember } from './changed-members.ts';
import { type DataRules, type ScrubKind, SCRUB_KINDS } from './data-rules.ts';
import { encoded, FILTERED } from './filter-text.ts';
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
const MAX_NAMES = 5000;

/**
 * Members that events and reports are made of, rather than data that a program put into them: names do not leave them out, since nothing would be
 * left of the report. A member of another name is data, and so is everything within it.
 */
const STRUCTURE: ReadonlySet<string> = new Set([
  // Events of Sentry's clients.
  ...['event_id', 'timestamp', 'start_timestamp', 'platform', 'level', 'release', 'dist', 'sdk', 'modules'],
  ...[
    'debug_meta',
    'images',
    'fingerprint',
    'type',
    'received',
    'project',
    'version',
    'exception',
    'threads',
  ],
  ...[
    'values',
    'value',
    'stacktrace',
    'raw_stacktrace',
    'frames',
    'mechanism',
    'message',
    'logentry',
    'formatted',
  ],
  ...[
    'breadcrumbs',
    'function',
    'raw_function',
    'module',
    'package',
    'filename',
    'abs_path',
    'lineno',
    'colno',
  ],
  ...[
    'in_app',
    'instruction_addr',
    'symbol_addr',
    'image_addr',
    'addr_mode',
    'trust',
    'pre_context',
    'context_line',
  ],
  ...['post_context', 'thread_id', 'registers', 'lang', 'crashed', 'current', 'handled', 'id', 'name'],
  ...['code_file', 'code_id', 'debug_file', 'debug_id', 'image_size', 'image_vmaddr', 'arch', 'category'],
  // CrashKit.
  ...['exceptions', 'locations', 'kind', 'absolute_file', 'absolute_url', 'file', 'line', 'column', 'method'],
  ...[
    'class',
    'source',
    'claimed',
    'ownership',
    'language',
    'role',
    'severity',
    'count',
    'date',
    'occurrence_id',
  ],
  ...['time', 'number', 'revision', 'build', 'client_version', 'clientVersion'],
]);
/** Members whose texts are code, ids and versions: only names of home folders are scrubbed from them. */
const CODE: ReadonlySet<string> = new Set([
  ...['event_id', 'platform', 'level', 'release', 'dist', 'sdk', 'modules', 'debug_meta', 'type', 'project'],
  ...[
    'version',
    'function',
    'raw_function',
    'module',
    'package',
    'instruction_addr',
    'symbol_addr',
    'image_addr',
  ],
  ...[
    'registers',
    'lang',
    'trust',
    'code_id',
    'debug_id',
    'code_file',
    'debug_file',
    'kind',
    'method',
    'class',
  ],
  ...['language', 'number', 'revision', 'build', 'client_version', 'clientVersion', 'occurrence_id'],
]);
/** Versions of four numbers look like addresses. */
const OF_VERSION = /version|build|release|^ver$|revision/i;
const OF_CODE: ReadonlySet<ScrubKind> = new Set(['home']);

/** What found something in a value. */
export type Found = ScrubKind | 'pattern' | 'name' | 'unseen';

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

/** Names that are never stored. `*` stands for any text; a name with a dot also stands for a path of members (`user.email`). */
class NeverStored {
  readonly isEmpty: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #globs: readonly string[];
  readonly #known = new Map<string, boolean>();

  constructor(names: readonly string[]) {
    const lower = names.map((name) => name.trim().toLowerCase());
    this.isEmpty = names.length === 0;
    this.#exact = new Set(lower.filter((name) => !name.includes('*')));
    this.#globs = lower.filter((name) => name.includes('*'));
  }

  has(name: string): boolean {
    if (this.isEmpty) return false;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const lower = name.toLowerCase();
    const answer = this.#exact.has(lower) || this.#globs.some((glob) => matchesGlob(glob, lower));
    // Clients choose the names, so that the memory of them is bounded.
    if (this.#known.size >= MAX_NAMES) this.#known.clear();
    if (name.length <= 200) this.#known.set(name, answer);
    return answer;
  }
}

/** `*` stands for any text. Takes no more than length × number of stars. */
function matchesGlob(glob: string, text: string): boolean {
  const pieces = glob.split('*');
  const [first = ''] = pieces;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  const last = pieces.at(-1) ?? '';
  return text.length - last.length >= at && text.endsWith(last);
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
    if (typeof value === 'string' && value !== '' && this.removedValues.size < MAX_NAMES)
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

/** Where a value stands. */
interface Place {
  /** Names of the members that lead there, joined by dots; lists do not count. */
  readonly path: string;
  readonly name: string;
  /** Whether a program put it there. */
  readonly isData: boolean;
  readonly isCode: boolean;
}

function within(place: Place, name: string): Place {
  const isData = place.isData || !STRUCTURE.has(name);
  return {
    path: place.path === '' ? name : `${place.path}.${name}`,
    name,
    isData,
    isCode: place.isCode || (!place.isData && CODE.has(name)),
  };
}

function nameOfItem(item: unknown): string | null {
  if (Array.isArray(item)) return item.length === 2 && typeof item[0] === 'string' ? item[0] : null;
  const object = asObject(item);
  if (object === null || !Object.hasOwn(object, 'value')) return null;
  const name = object['key'] ?? object['name'];
  return typeof name === 'string' ? name : null;
}

const DATA_NOTE =
  /^\d+ (?:values?|texts?) (?:was|were) (?:(?:left out by name|scrubbed|filtered) before storing|left out(?:: looking through them took too long| from where the product's own expressions had looked through as much as they may))\.$/;

/**
 * Whether a note tells what was found in values. Whoever sends values of their choice beside protected ones could ask by it what these are, so
 * that it is as protected as they.
 */
export function tellsOfValues(note: string): boolean {
  return DATA_NOTE.test(note);
}

/** What the collector says of it, a sentence for each kind; nothing of the values. */
export function dataNotes(found: ReadonlyMap<Found, number>): readonly string[] {
  const notes: string[] = [];
  const named = found.get('name') ?? 0;
  const unseen = found.get('unseen') ?? 0;
  const scrubbed = [...found].reduce(
    (sum, [kind, count]) => (kind === 'name' || kind === 'unseen' ? sum : sum + count),
    0,
  );
  if (named > 0)
    notes.push(`${named} ${named === 1 ? 'value was' : 'values were'} left out by name before storing.`);
  if (scrubbed > 0)
    notes.push(`${scrubbed} ${scrubbed === 1 ? 'text was' : 'texts were'} scrubbed before storing.`);
  if (unseen > 0)
    notes.push(
      `${unseen} ${unseen === 1 ? 'text was' : 'texts were'} left out from where the product's own expressions had looked through as much as they may.`,
    );
  return notes;
}
