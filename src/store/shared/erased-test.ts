// Whether something belongs to what was erased: lines of the journal against a report, words of people, a product, an account of this server.
// What arrived after an erasure is not meant by it.
import { keyedHash, keyedMark, keyedName, type ErasedLine, type ErasedWhat } from './erasure-journal.ts';
import { mailHashOf, personsIn, type SaidPair } from './named-persons.ts';

/** Where something belongs, and when it arrived, milliseconds since 1970. */
export interface ErasablePlace {
  readonly account: string;
  readonly product: string;
  readonly at: number;
}

/** What is looked at of a report. */
export interface ErasableReport extends ErasablePlace {
  readonly crashId: string;
  /** As it names it, beside the report or within; none: it does not. */
  readonly installations: readonly string[];
  /** The same as sums keep them (`markOfName`). */
  readonly marks: readonly Uint8Array[];
  readonly said: () => Iterable<SaidPair>;
}

interface Lines<Kind extends ErasedWhat['kind']> {
  readonly at: number;
  readonly what: Extract<ErasedWhat, { kind: Kind }>;
}

export class ErasedTest {
  readonly #secret: Uint8Array;
  readonly #reports = new Set<string>();
  readonly #users = new Map<string, Lines<'person'>[]>();
  readonly #mails = new Map<string, Lines<'person'>[]>();
  readonly #installations = new Map<string, Lines<'installation'>[]>();
  readonly #products: Lines<'product'>[] = [];
  readonly #before: Lines<'before'>[] = [];
  readonly #members = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** `secret`: that of the store that the lines are of. */
  constructor(secret: Uint8Array, lines: Iterable<ErasedLine>) {
    this.#secret = secret;
    for (const { id, at, what } of lines) this.#add(id, at, what);
  }

  #add(id: string, at: number, what: ErasedWhat): void {
    switch (what.kind) {
      case 'report':
        this.#reports.add(id);
        break;
      case 'person':
        if (what.user !== null) push(this.#users, what.user, { at, what });
        if (what.mail !== null) push(this.#mails, what.mail, { at, what });
        break;
      case 'installation':
        push(this.#installations, what.installation, { at, what });
        break;
      case 'product':
        this.#products.push({ at, what });
        break;
      case 'before':
        this.#before.push({ at, what });
        break;
      case 'member':
        this.#members.set(what.mail, Math.max(at, this.#members.get(what.mail) ?? 0));
        break;
    }
  }

  /** Whether a report was erased, or would have been if it had been there. */
  report(report: ErasableReport): boolean {
    if (this.#reports.has(keyedHash(this.#secret, 'report', report.crashId))) return true;
    if (this.place(report)) return true;
    if (this.#installations.size > 0) {
      const keys = [
        ...report.installations.map((name) => keyedName(this.#secret, 'installation', name)),
        ...report.marks.map((mark) => keyedMark(this.#secret, 'installation', mark)),
      ];
      if (keys.some((key) => this.#has(this.#installations.get(key), report))) return true;
    }
    if (this.#users.size + this.#mails.size === 0) return false;
    for (const { kind, value } of personsIn(report.said())) {
      const lines =
        kind === 'user'
          ? this.#users.size > 0 && this.#users.get(keyedName(this.#secret, 'user', value))
          : this.#mails.size > 0 && this.#mails.get(keyedHash(this.#secret, 'mail', mailHashOf(value)));
      if (lines !== false && this.#has(lines, report)) return true;
    }
    return false;
  }

  /** Whether everything of a product, or of its time, was erased. */
  place(place: ErasablePlace): boolean {
    return (
      this.#has(this.#products, place) ||
      this.#before.some((line) => place.at < line.what.before && this.#has([line], place))
    );
  }

  /** Whether all of a product was. `at`: when it was made. */
  product(product: ErasablePlace): boolean {
    return this.#has(this.#products, product);
  }

  /** Whether everything that an account had was, what belongs to no product of it included. */
  account(account: string): boolean {
    return this.#products.some(
      ({ what }) => what.product === null && what.account === this.#name('account', account),
    );
  }

  /** Whether words of somebody with this mail address were. */
  mail(place: ErasablePlace, address: string): boolean {
    if (address === '' || this.#mails.size === 0) return false;
    return this.#has(this.#mails.get(keyedHash(this.#secret, 'mail', mailHashOf(address))), place);
  }

  /** Whether sessions of a user, or an installation, were: `mark` is all that is kept of it. */
  mark(sort: 'user' | 'installation', place: ErasablePlace, mark: Uint8Array): boolean {
    const lines = sort === 'user' ? this.#users : this.#installations;
    if (lines.size === 0) return false;
    if (this.#has(lines.get(keyedMark(this.#secret, sort, mark)), place)) return true;
    // Sessions tell an installation as their user, too.
    return sort === 'user' && this.mark('installation', place, mark);
  }

  /** Whether the account of somebody of this server was. `at`: when it was made. */
  member(address: string, at: number): boolean {
    const erasedAt = this.#members.get(keyedHash(this.#secret, 'mail', mailHashOf(address)));
    return erasedAt !== undefined && at <= erasedAt;
  }

  /** What was erased by its age, of a product: everything before this moment; null: nothing. */
  before({ account, product }: Omit<ErasablePlace, 'at'>): number | null {
    const moments = this.#before
      .filter(({ what, at }) => this.#has([{ at, what }], { account, product, at: 0 }))
      .map(({ what, at }) => Math.min(what.before, at));
    return moments.length === 0 ? null : Math.max(...moments);
  }

  #has(
    lines: readonly { readonly at: number; readonly what: ErasedWhat }[] | undefined,
    { account, product, at }: ErasablePlace,
  ): boolean {
    return (lines ?? []).some(
      (line) =>
        at <= line.at &&
        'account' in line.what &&
        (line.what.account === null || line.what.account === this.#name('account', account)) &&
        (line.what.product === null || line.what.product === this.#name('product', product)),
    );
  }

  /** Few names, asked for each report. */
  #name(sort: 'account' | 'product', name: string): string {
    const known = this.#names.get(`${sort} ${name}`);
    if (known !== undefined) return known;
    const hashed = keyedHash(this.#secret, sort, name);
    this.#names.set(`${sort} ${name}`, hashed);
    return hashed;
  }
}

function push<T>(lines: Map<string, T[]>, key: string, line: T): void {
  const known = lines.get(key);
  if (known === undefined) lines.set(key, [line]);
  else known.push(line);
}
