// The parsers of settings: text or JSON from outside → a checked value, or a sentence that says what is wrong.

/** A value, or what is wrong with it (the rest of a sentence that begins with the name and value). */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string };

/** One setting: its default, how text becomes a value, and the sentence that documents it. */
export interface Setting<T> {
  readonly default: T;
  /** The default as docs and --help show it. */
  readonly shown: string;
  readonly example: string;
  readonly sentence: string;
  parse(raw: unknown): Parsed<T>;
}

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = <T>(wrong: string): Parsed<T> => ({ ok: false, wrong });

/** A whole number within bounds (environment: decimal digits; file: a number or digits). */
export function integer(
  value: number,
  options: {
    readonly min: number;
    readonly max: number;
    readonly sentence: string;
    readonly example?: string;
  },
): Setting<number> {
  return {
    default: value,
    shown: String(value),
    example: options.example ?? String(value),
    sentence: options.sentence,
    parse(raw) {
      const text = String(raw).trim();
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (Number.isNaN(number)) return bad('is not a whole number');
      if (number < options.min || number > options.max) {
        return bad(`is not between ${options.min} and ${options.max}`);
      }
      return good(number);
    },
  };
}

/** `true`/`false` (also `1`/`0`, `yes`/`no`, `on`/`off`). */
export function flag(value: boolean, sentence: string): Setting<boolean> {
  return {
    default: value,
    shown: String(value),
    example: String(!value),
    sentence,
    parse(raw) {
      const text = String(raw).trim().toLowerCase();
      if (['true', '1', 'yes', 'on'].includes(text)) return good(true);
      if (['false', '0', 'no', 'off'].includes(text)) return good(false);
      return bad('is neither true nor false');
    },
  };
}

/** A text that must match a pattern. */
export function text(
  value: string,
  options: {
    readonly sentence: string;
    readonly example: string;
    readonly form?: RegExp;
    readonly wrong?: string;
  },
): Setting<string> {
  return {
    default: value,
    shown: value === '' ? 'unset' : value,
    example: options.example,
    sentence: options.sentence,
    parse(raw) {
      if (typeof raw !== 'string') return bad('is not a text');
      const trimmed = raw.trim();
      if (trimmed !== '' && options.form !== undefined && !options.form.test(trimmed)) {
        return bad(options.wrong ?? `does not match ${String(options.form)}`);
      }
      return good(trimmed);
    },
  };
}

/** One of a few words. */
export function choice<const T extends string>(
  value: T,
  options: { readonly of: readonly T[]; readonly sentence: string },
): Setting<T> {
  return {
    default: value,
    shown: value,
    example: options.of.at(-1) ?? value,
    sentence: options.sentence,
    parse(raw) {
      const word = options.of.find((candidate) => candidate === String(raw).trim().toLowerCase());
      return word === undefined ? bad(`is none of ${options.of.join(', ')}`) : good(word);
    },
  };
}

/** A list of words: comma-separated in the environment, an array in the file. Empty: no entry. */
export function words(
  value: readonly string[],
  options: { readonly sentence: string; readonly example: string; readonly form?: RegExp },
): Setting<readonly string[]> {
  return {
    default: value,
    shown: value.length === 0 ? 'empty' : value.join(','),
    example: options.example,
    sentence: options.sentence,
    parse(raw) {
      const list = Array.isArray(raw) ? raw.map(String) : String(raw).split(',');
      const entries = list.map((entry) => entry.trim()).filter((entry) => entry !== '');
      const wrong = entries.find((entry) => options.form !== undefined && !options.form.test(entry));
      return wrong === undefined ? good(entries) : bad(`has an entry that cannot be understood: ${wrong}`);
    },
  };
}

/** A list of regular expressions: one in the environment, an array of texts in the file. */
export function patterns(options: {
  readonly sentence: string;
  readonly example: string;
}): Setting<readonly RegExp[]> {
  return {
    default: [],
    shown: 'empty',
    example: options.example,
    sentence: options.sentence,
    parse(raw) {
      const sources = Array.isArray(raw)
        ? raw.map(String)
        : [String(raw)].filter((source) => source.trim() !== '');
      const compiled: RegExp[] = [];
      for (const source of sources) {
        try {
          compiled.push(new RegExp(source, 'm'));
        } catch {
          return bad(`has an entry that is not a regular expression: ${source}`);
        }
      }
      return good(compiled);
    },
  };
}

/** Anything that JSON can say, checked by a function of its own (rules as data); only a file or JSON text can set it. */
export function json<T>(
  value: T,
  options: {
    readonly shown: string;
    readonly sentence: string;
    readonly example: string;
    readonly check: (raw: unknown) => Parsed<T>;
  },
): Setting<T> {
  return {
    default: value,
    shown: options.shown,
    example: options.example,
    sentence: options.sentence,
    parse(raw) {
      if (typeof raw !== 'string') return options.check(raw);
      try {
        return options.check(JSON.parse(raw));
      } catch {
        return bad('is not JSON');
      }
    },
  };
}
