// Secrets inside of JSON values: under secret names, in lists of pairs and of arguments, in texts, in JSON inside of texts.
import { asObject } from '../crashkit/json-object.ts';
import { changedMembers } from './changed-members.ts';
import { FILTERED, filterText, type TextOptions } from './filter-text.ts';
import { rewrittenJson } from './rewritten-json.ts';
import type { SecretNames } from './secret-names.ts';

const MAX_DEPTH = 60;
const SPACE = 0x20;
/** Texts up to this size are looked into as JSON. */
const MAX_INNER_JSON = 1024 * 1024;

/** Filters values and counts what it filtered; what holds nothing secret comes back as it was, without a copy. */
export class ValueFilter {
  readonly names: SecretNames;
  count = 0;

  constructor(names: SecretNames) {
    this.names = names;
  }

  /** Any value; what lies too deep to be looked at is filtered as a whole. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value, { depth });
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) return this.#filtered();
    return Array.isArray(value)
      ? this.#list(value, depth)
      : this.members(value as Record<string, unknown>, depth);
  }

  /** An object by the names of its members. */
  members(object: Readonly<Record<string, unknown>>, depth = 0): Readonly<Record<string, unknown>> {
    return changedMembers(object, (name, value) => this.named(name, value, depth + 1));
  }

  /** The value of a name. */
  named(name: string, value: unknown, depth = 0): unknown {
    if (!this.names.isSecret(name)) return this.value(value, depth);
    return this.secret(value);
  }

  /** A value that is a secret as a whole; what cannot be one (nothing, yes and no, an empty text) stays. */
  secret(value: unknown): unknown {
    if (
      value === null ||
      value === undefined ||
      typeof value === 'boolean' ||
      value === '' ||
      value === FILTERED
    ) {
      return value;
    }
    const object = asObject(value);
    if (object !== null && Object.keys(object).length === 0) return value;
    return this.#filtered();
  }

  /** All values of an object (cookies): the names stay. */
  allMembers(value: unknown): unknown {
    const object = asObject(value);
    if (object === null || Array.isArray(value))
      return Array.isArray(value) ? this.#pairs(value, () => true) : this.secret(value);
    return Object.fromEntries(Object.entries(object).map(([name, one]) => [name, this.secret(one)]));
  }

  /** A text; one that is JSON itself is looked into. */
  text(text: string, { depth = 0, as }: TextOptions & { readonly depth?: number } = {}): string {
    const inner = this.#innerJson(text, depth);
    if (inner !== null) return inner;
    const { text: after, count } = filterText(text, this.names, as === undefined ? {} : { as });
    this.count += count;
    return after;
  }

  #filtered(): string {
    this.count += 1;
    return FILTERED;
  }

  #innerJson(text: string, depth: number): string | null {
    if (text.length < 4 || text.length > MAX_INNER_JSON || depth > MAX_DEPTH) return null;
    // Nearly every text shows by its first sign that it is no JSON.
    if (text.charCodeAt(0) > SPACE && text[0] !== '{' && text[0] !== '[') return null;
    const first = text.trimStart()[0];
    if (first !== '{' && first !== '[') return null;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return null;
    }
    const after = this.value(parsed, depth + 1);
    return rewrittenJson(text, after);
  }

  #list(list: readonly unknown[], depth: number): readonly unknown[] {
    if (list.length > 0 && list.every(isPair))
      return this.#pairs(list, (name) => this.names.isSecret(name), depth);
    let changed: unknown[] | null = null;
    let secretNext = false;
    for (const [index, value] of list.entries()) {
      let after: unknown;
      const argument = typeof value === 'string' ? argumentName(value) : null;
      if (
        typeof value === 'string' &&
        ((secretNext && !value.startsWith('-')) || (list[index - 1] === '-p' && isMixed(value)))
      ) {
        after = this.secret(value);
      } else if (argument !== null && argument.value !== null && this.names.isSecret(argument.name)) {
        after = `${argument.before}${String(this.secret(argument.value))}`;
      } else after = this.value(value, depth + 1);
      secretNext = argument !== null && argument.value === null && this.names.isSecret(argument.name);
      if (after === value) continue;
      changed ??= [...list];
      changed[index] = after;
    }
    return changed ?? list;
  }

  #pairs(list: readonly unknown[], isSecret: (name: string) => boolean, depth = 0): readonly unknown[] {
    let changed: unknown[] | null = null;
    for (const [index, pair] of list.entries()) {
      if (!isPair(pair)) {
        const after = this.secret(pair);
        if (after === pair) continue;
        changed ??= [...list];
        changed[index] = after;
        continue;
      }
      const [name, value] = pair;
      const after = isSecret(name) ? this.secret(value) : this.value(value, depth + 1);
      if (after === value) continue;
      changed ??= [...list];
      changed[index] = [name, after];
    }
    return changed ?? list;
  }
}

function isPair(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isName(value[0]);
}

/** Whether a text can be a name of a header or parameter rather than a value. */
function isName(text: string): boolean {
  return text.length <= 100 && !/\s/.test(text) && !text.startsWith('-');
}

/** What follows `-p` is a password where it is a mix of letters and digits, else a port, a folder or a word. */
function isMixed(text: string): boolean {
  return text.length >= 4 && !/^[-./~]/.test(text) && /[A-Za-z]/.test(text) && /\d/.test(text);
}

const ARGUMENT = /^(--?[A-Za-z][\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(?:=([\s\S]*))?$/;

/** `--token`, `--token=x`, `TOKEN=x`: an argument or variable by name. */
function argumentName(
  text: string,
): { readonly name: string; readonly value: string | null; readonly before: string } | null {
  const match = ARGUMENT.exec(text);
  if (match === null) return null;
  const [, name = '', value] = match;
  if (value === undefined && !name.startsWith('-')) return null;
  return { name: name.replace(/^-+/, ''), value: value ?? null, before: `${name}=` };
}
