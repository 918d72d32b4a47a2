// The functions that a symbol table names, by address: one for each address, with the bytes that the name holds for.

export type EachSymbol = (address: number, size: number, name: Uint8Array) => void;

/** A function as a table has it; `name` is what `nameOf` understands. */
export type NamedFunction = { readonly address: number; readonly size: number; readonly name: number };

/** Functions in the order of their addresses. Names are read when they are asked for. */
export class FunctionSymbols {
  private readonly starts: Float64Array;
  private readonly sizes: Float64Array;
  private readonly names: Float64Array;
  private readonly nameOf: (name: number) => Uint8Array | null;

  /** `functions` are sorted by address. */
  constructor(functions: readonly NamedFunction[], nameOf: (name: number) => Uint8Array | null) {
    this.starts = Float64Array.from(functions, ({ address }) => address);
    this.sizes = Float64Array.from(functions, ({ size }) => size);
    this.names = Float64Array.from(functions, ({ name }) => name);
    this.nameOf = nameOf;
  }

  /** Calls `each` for all; names are valid during the call only. */
  each(each: EachSymbol): void {
    this.between(0, Number.POSITIVE_INFINITY, each);
  }

  /** The same for those that start in a range. */
  between(start: number, end: number, each: EachSymbol): void {
    const { starts, sizes, names } = this;
    for (let i = this.firstFrom(start); i < starts.length; i++) {
      const address = starts[i] ?? 0;
      if (address >= end) return;
      const name = this.nameOf(names[i] ?? 0);
      if (name !== null && name.length > 0) each(address, sizes[i] ?? 0, name);
    }
  }

  private firstFrom(address: number): number {
    const { starts } = this;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
