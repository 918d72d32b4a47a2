// The annotations of one form while they arrive: names checked, doubles and clashes noted, count bounded.
import { Refused } from '../base/refusal.ts';
import type { Annotation } from '../report/report.ts';
import { type Notes, quoted } from './collector-notes.ts';

/** Where a value came from: a form field, or a member of a JSON object. Fields win over members. */
type Source = 'field' | 'json';

/** The names of the Jami metadata, by which an unlabelled JSON object is recognised. */
const JAMI_NAMES = ['client_sha', 'jamicore_sha'] as const;

/** Collects annotations in order of arrival. */
export class AnnotationSet {
  readonly #values = new Map<string, { value: string; source: Source }>();
  readonly #notes: Notes;
  readonly #limits: { readonly maxAnnotations: number; readonly maxNameLength: number };

  constructor(notes: Notes, limits: { readonly maxAnnotations: number; readonly maxNameLength: number }) {
    this.#notes = notes;
    this.#limits = limits;
  }

  get size(): number {
    return this.#values.size;
  }

  /** Adds one; a later form field replaces an earlier value of the same name, a JSON member never does. */
  add(rawName: string, value: string, source: Source): void {
    const name = this.#cleanName(rawName);
    const before = this.#values.get(name);
    if (before === undefined) {
      if (this.#values.size >= this.#limits.maxAnnotations) {
        throw new Refused('too_many_annotations', `more than ${this.#limits.maxAnnotations}`);
      }
      this.#values.set(name, { value, source });
      return;
    }
    if (before.value === value) {
      this.#notes.add(`Annotation ${quoted(name)} came more than once with the same value.`);
      return;
    }
    const replaces = source === 'field';
    if (replaces) this.#values.set(name, { value, source });
    // Notes are for everybody who reads reports, so they name annotations and never quote a value.
    this.#notes.add(
      `Annotation ${quoted(name)} came more than once with different values; ${replaces ? 'the last one' : 'the one of the form'} was kept.`,
    );
  }

  /** Adds the members of a JSON object; null is an empty text, other values that are no strings are kept as JSON text. */
  addObject(members: Readonly<Record<string, unknown>>): void {
    const converted: string[] = [];
    const empty: string[] = [];
    for (const [name, value] of Object.entries(members)) {
      if (typeof value === 'string') this.add(name, value, 'json');
      else if (value === null) {
        empty.push(name);
        this.add(name, '', 'json');
      } else {
        converted.push(name);
        this.add(name, jsonText(value), 'json');
      }
    }
    if (empty.length > 0)
      this.#notes.add(`The value of ${listed(empty)} is null; it is kept as an empty text.`);
    if (converted.length > 0)
      this.#notes.add(`The value of ${listed(converted)} is not a string; it is kept as JSON text.`);
  }

  /** All of them without those whose names are on the removal list; and the names that were removed. */
  withoutRemoved(removed: ReadonlySet<string>): {
    readonly kept: readonly Annotation[];
    readonly removed: readonly string[];
  } {
    const kept: Annotation[] = [];
    const gone: string[] = [];
    for (const [key, { value }] of this.#values) {
      if (removed.has(key)) gone.push(key);
      else kept.push({ key, value });
    }
    return { kept, removed: gone };
  }

  #cleanName(raw: string): string {
    let name = raw;
    if (!/^[!-~]+$/.test(raw)) {
      name = raw.replaceAll(/\p{Cc}/gu, '');
      if (name !== raw)
        this.#notes.add(`Control characters were taken out of the annotation name ${quoted(raw)}.`);
      else if (/[^ -~]/.test(raw)) this.#notes.add(`The annotation name ${quoted(raw)} is not ASCII.`);
    }
    if (name === '' || name.length > this.#limits.maxNameLength) {
      throw new Refused('invalid_annotation_name', name === '' ? 'empty' : `${name.length} characters`);
    }
    return name;
  }
}

/** The first names, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${names.slice(0, 5).map(quoted).join(', ')}${more}`;
}

/** The members, where a text is a JSON object with fields of the Jami metadata; null for any other text. */
export function jamiObject(text: string): Readonly<Record<string, unknown>> | null {
  if (!JAMI_NAMES.some((name) => text.includes(`"${name}"`)) || !/^\s*\{/.test(text)) return null;
  const object = jsonObject(text);
  return object !== null && JAMI_NAMES.some((name) => Object.hasOwn(object, name)) ? object : null;
}

/** The members of a JSON object; null where the text is anything else. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    // A byte order mark is white space to trim, but not to JSON.
    return asMembers(JSON.parse(text.trim()));
  } catch {
    return null;
  }
}

/** A parsed JSON value as an object with members, or null. */
export function asMembers(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // A value nested thousands of levels deep can be parsed but not written again.
    return '(nested too deeply)';
  }
}
