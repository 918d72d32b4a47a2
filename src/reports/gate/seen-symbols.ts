// Symbols as one person may see them. A symbol file belongs to the accounts that uploaded it; what came from an upstream server is for
// everybody.
import type { Page, PageRequest } from '../../store/reports.ts';
import { isAtLeast } from '../../store/rights.ts';
import type { Rights, Role } from '../../store/rights.ts';
import type { MissingSymbol, SymbolFile, SymbolFilter, SymbolKey, SymbolStore } from '../../store/symbols.ts';
import { withinOf } from './within.ts';

/** For the time of one request. */
export class SeenSymbols {
  readonly #symbols: SymbolStore;
  readonly #rights: Rights;

  constructor(symbols: SymbolStore, rights: Rights) {
    this.#symbols = symbols;
    this.#rights = rights;
  }

  listSymbols(filter: Omit<SymbolFilter, 'accounts'>, page: PageRequest): Promise<Page<SymbolFile>> {
    return this.#symbols.listSymbols({ ...filter, ...this.#narrowing() }, page);
  }

  async getSymbols(key: SymbolKey): Promise<SymbolFile | null> {
    return (await this.sees(key)) ? this.#symbols.getSymbols(key) : null;
  }

  /** Where an account has the file, or everybody does: what others have they would have to upload for it. `account` null: any of theirs. */
  async getSymbolsFor(account: string | null, key: SymbolKey): Promise<SymbolFile | null> {
    const found = await this.getSymbols(key);
    if (found === null || account === null) return found;
    const owners = await this.#symbols.accountsOf(key);
    return owners === null || owners.includes(account) ? found : null;
  }

  async findByDebugId(debugId: string): Promise<readonly SymbolFile[]> {
    const found = await this.#symbols.findByDebugId(debugId);
    const seen = await Promise.all(found.map((file) => this.sees(file)));
    return found.filter((_, at) => seen[at] === true);
  }

  /** The accounts whose symbols may answer them; null: nothing is hidden from them. */
  get readers(): readonly string[] | null {
    return this.#narrowing().accounts ?? null;
  }

  async findByCodeId(codeFile: string, codeId: string): Promise<SymbolFile | null> {
    const found = await this.#symbols.findByCodeId(codeFile, codeId);
    return found !== null && (await this.sees(found)) ? found : null;
  }

  /** Whether a file is theirs or everybody's. */
  async sees(key: SymbolKey): Promise<boolean> {
    if (this.#rights.isWhole) return true;
    const owners = await this.#symbols.accountsOf(key);
    return owners === null || owners.some((account) => this.#isReader(account));
  }

  /** What reports lack that they may read, counted among these. */
  listMissing(limit: number): Promise<readonly MissingSymbol[]> {
    return this.#symbols.listMissing(limit, withinOf(this.#rights) ?? undefined);
  }

  countBuilds(debugFiles: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#symbols.countBuilds(debugFiles, this.#narrowing().accounts);
  }

  totals(): Promise<{ readonly files: number; readonly bytes: number }> {
    return this.#symbols.totals(this.#narrowing().accounts);
  }

  /** The accounts to one of which something that they upload may belong: those where they may change bugs. */
  accountsOfUploads(): readonly string[] {
    return this.#accountsWith('triage');
  }

  /** Deletes a file for the accounts in which they may; it stays for others that have it, too. False: there is none. */
  async deleteSymbols(key: SymbolKey): Promise<boolean> {
    if (!(await this.sees(key))) return false;
    const owners = await this.#symbols.accountsOf(key);
    if (owners === null || owners.length === 0) {
      return this.#rights.isWhole && this.#symbols.deleteSymbols(key);
    }
    return this.#symbols.giveUpSymbols(key, this.#accountsWith('triage'));
  }

  /** Retention, in the accounts where they are administrators. */
  deleteMatching(filter: Pick<SymbolFilter, 'product' | 'olderThan'>): Promise<number> {
    const accounts = this.#accountsWith('admin');
    // What nobody has came from an upstream server.
    const nobodys = this.#rights.isWhole && accounts.length === this.#rights.accounts.length;
    return this.#symbols.deleteMatching({ ...filter, accounts, nobodys });
  }

  #narrowing(): { readonly accounts?: readonly string[] } {
    return this.#rights.isWhole ? {} : { accounts: this.#accountsWith('read') };
  }

  #accountsWith(role: Role): readonly string[] {
    return this.#rights.accounts
      .filter(
        ({ everyProduct, products }) =>
          isAtLeast(everyProduct?.role ?? null, role) ||
          [...products.values()].some((right) => isAtLeast(right.role, role)),
      )
      .map(({ account }) => account);
  }

  #isReader(account: string): boolean {
    return this.#accountsWith('read').includes(account);
  }
}
