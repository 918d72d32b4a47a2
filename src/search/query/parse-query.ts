// The query language (docs/searching.md): `version:>=2.1 platform:windows,linux -channel:nightly (uptime:<60 OR has:oom_size)`.
//
//   or = and {"OR" and};  and = term {["AND"] term};  term = ["-" | "NOT"] (clause | word | "(" or ")")
//   clause = key ":" value {"," value}
//   value = bare | "quoted" | with*stars | /regex/ | ~contains | ^starts | $ends | <n | <=n | >n | >=n | from..to
import type { Clause, Condition, Query } from './query-tree.ts';
import { QueryError, orFault } from './query-fault.ts';
import type { QueryFault } from './query-fault.ts';
import { EVERYTHING } from './query-tree.ts';

export const MAX_QUERY = 4096;
const MAX_CLAUSES = 50;
const MAX_DEPTH = 20;
const MAX_REGEX = 200;

export type Parsed = { readonly query: Query } | { readonly fault: QueryFault };

/** Reads a query; an empty one matches everything. */
export function parseQuery(text: string): Parsed {
  return orFault(() => {
    if (text.length > MAX_QUERY)
      throw new QueryError(`A search has at most ${MAX_QUERY} characters.`, MAX_QUERY);
    return { query: new Parser(text).whole() };
  });
}

const KEY = /[\p{L}_][\p{L}\p{N}_.\-/[\]]*(?=:)/uy;
/** A bare value ends at a blank, a comma or a closing bracket. */
const BARE = /[^\s,()"]+/y;
const WORD = /[^\s()"]+/y;
const COMPARISON = /<=|>=|<|>/y;

class Parser {
  readonly #text: string;
  #at = 0;
  #clauses = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Query {
    this.#skipBlanks();
    if (this.#at === this.#text.length) return EVERYTHING;
    const query = this.#or(0);
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw new QueryError('There is no "(" for this ")".', this.#at);
    return query;
  }

  #or(depth: number): Query {
    const branches = [this.#and(depth)];
    while (this.#takeWord('OR')) branches.push(this.#and(depth));
    return one(branches, 'or');
  }

  #and(depth: number): Query {
    const terms: Query[] = [];
    for (;;) {
      this.#skipBlanks();
      if (this.#at === this.#text.length || this.#text[this.#at] === ')' || this.#sees('OR')) break;
      if (terms.length > 0 && this.#takeWord('AND')) this.#skipBlanks();
      terms.push(this.#term(depth));
    }
    if (terms.length === 0) throw new QueryError('Something to look for is missing here.', this.#at);
    return one(terms, 'and');
  }

  #term(depth: number): Query {
    if (depth > MAX_DEPTH) throw new QueryError(`Brackets are at most ${MAX_DEPTH} deep.`, this.#at);
    this.#skipBlanks();
    const start = this.#at;
    const minus = this.#text[start] === '-' && /[^\s-]/.test(this.#text[start + 1] ?? ' ');
    if (minus) this.#at += 1;
    if (minus || this.#takeWord('NOT')) return { is: 'not', of: this.#term(depth + 1) };
    if (this.#text[start] === '(') {
      this.#at += 1;
      const inner = this.#or(depth + 1);
      this.#skipBlanks();
      if (this.#text[this.#at] !== ')') throw new QueryError('This "(" is not closed.', start);
      this.#at += 1;
      return inner;
    }
    this.#clauses += 1;
    if (this.#clauses > MAX_CLAUSES)
      throw new QueryError(`A search has at most ${MAX_CLAUSES} conditions.`, start);
    const key = this.#match(KEY);
    return key === null ? this.#word() : this.#clause(key, start);
  }

  #clause(key: string, at: number): Clause {
    this.#at += 1;
    const conditions = [this.#condition(key)];
    while (this.#text[this.#at] === ',') {
      this.#at += 1;
      conditions.push(this.#condition(key));
    }
    return { is: 'clause', key, conditions, at };
  }

  #condition(key: string): Condition {
    const start = this.#at;
    const first = this.#text[start];
    if (first === '/') {
      const regex = this.#regex();
      if (regex !== null) return { op: 'regex', text: regex };
    }
    const compared = this.#match(COMPARISON) as '<' | '<=' | '>' | '>=' | null;
    if (compared !== null) return { op: compared, text: this.#value(key).text };
    const sign = { '~': 'contains', '^': 'starts', $: 'ends' } as const;
    if (first === '~' || first === '^' || first === '$') {
      this.#at += 1;
      return { op: sign[first], text: this.#value(key).text };
    }
    const { text, quoted } = this.#value(key);
    if (quoted) return { op: 'equals', text };
    const dots = text.indexOf('..');
    if (dots >= 0 && text.length > 2) {
      return { op: 'between', from: text.slice(0, dots), to: text.slice(dots + 2) };
    }
    return text.includes('*') ? { op: 'like', text } : { op: 'equals', text };
  }

  #value(key: string): { readonly text: string; readonly quoted: boolean } {
    if (this.#text[this.#at] === '"') return { text: this.#quoted(), quoted: true };
    const bare = this.#match(BARE);
    if (bare === null) throw new QueryError(`A value for "${key}" is missing here.`, this.#at);
    return { text: bare, quoted: false };
  }

  #quoted(): string {
    const start = this.#at;
    let text = '';
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const char = this.#text[at] ?? '';
      if (char === '"') {
        this.#at = at + 1;
        return text;
      }
      if (char === '\\' && at + 1 < this.#text.length) at += 1;
      text += this.#text[at] ?? '';
    }
    throw new QueryError('This quotation mark is not closed.', start);
  }

  /** A regular expression between slashes; null where there is no second one: the slash then belongs to a path. */
  #regex(): string | null {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      if (this.#text[at] === '\\') at += 1;
      else if (this.#text[at] === '/' && /[\s,)]|$/y.test(this.#text.slice(at + 1, at + 2) || ' ')) {
        const source = this.#text.slice(start + 1, at);
        if (source.length > MAX_REGEX) {
          throw new QueryError(`A regular expression has at most ${MAX_REGEX} characters.`, start);
        }
        assertRegex(source, start);
        this.#at = at + 1;
        return source;
      }
    }
    return null;
  }

  #word(): Query {
    const at = this.#at;
    if (this.#text[at] === '"') return { is: 'word', text: this.#quoted(), at };
    const text = this.#match(WORD);
    if (text === null) throw new QueryError('Something to look for is missing here.', at);
    return { is: 'word', text, at };
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #sees(word: string): boolean {
    return (
      this.#text.startsWith(word, this.#at) && /^[\s(]|^$/.test(this.#text.slice(this.#at + word.length))
    );
  }

  #takeWord(word: string): boolean {
    this.#skipBlanks();
    if (!this.#sees(word)) return false;
    this.#at += word.length;
    return true;
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }
}

function assertRegex(source: string, at: number): void {
  try {
    RegExp(source, 'iu');
  } catch {
    throw new QueryError('This is no regular expression.', at);
  }
}

/** Branches of one kind in one node, so that the same search has one tree. */
function one(branches: readonly Query[], is: 'and' | 'or'): Query {
  const [only] = branches;
  return branches.length === 1 && only !== undefined ? only : { is, of: branches };
}
