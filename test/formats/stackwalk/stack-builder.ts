// Builds the memory and the surroundings of a crashed thread for tests, word by word, so that a test reads like a
// drawing of a stack. Shares nothing with the code under test.
import { ByteReader } from '../../../src/base/byte-reader.ts';
import { createStackWalker } from '../../../src/formats/stackwalk/walker.ts';
import type {
  CpuKind,
  MemoryRegion,
  StackWalkerOptions,
  Walk,
  WalkModule,
} from '../../../src/formats/stackwalk/walk.ts';
import { MemorySymbols } from '../../../src/formats/symbols/memory-symbols.ts';

/** Lower case, one digit for each: the ids of the modules that `module` makes. */
function idOf(name: string): string {
  return Buffer.from(name).toString('hex').toUpperCase().padEnd(32, 'A').slice(0, 32) + '0';
}

/** A module of 64 KB with an id of its own. */
export function module(name: string, base: bigint, size = 0x1_0000n): WalkModule {
  return { base, size, name, debugFile: name, debugId: idOf(name), codeFile: name, codeId: null };
}

/** Symbol files by module name; each text is what follows the MODULE line. */
export function symbolsFor(files: Readonly<Record<string, readonly string[]>>): MemorySymbols {
  const symbols = new MemorySymbols();
  for (const [name, lines] of Object.entries(files)) {
    symbols.add(`MODULE test test ${idOf(name)} ${name}\n${lines.join('\n')}\n`);
  }
  return symbols;
}

/** A stack that is written from its top (lowest address) down. */
export class StackBuilder {
  readonly start: bigint;
  private readonly wordBytes: 4 | 8;
  private readonly bigEndian: boolean;
  private readonly words: (bigint | string)[] = [];
  private readonly labels = new Map<string, bigint>();

  constructor(start: bigint, wordBytes: 4 | 8, bigEndian = false) {
    this.start = start;
    this.wordBytes = wordBytes;
    this.bigEndian = bigEndian;
  }

  /** Names the address of the next word. */
  label(name: string): this {
    this.labels.set(name, this.start + BigInt(this.words.length * this.wordBytes));
    return this;
  }

  /** Adds words: values, or labels that stand for their address. */
  push(...words: readonly (bigint | string)[]): this {
    this.words.push(...words);
    return this;
  }

  /** Adds words that mean nothing. */
  gap(count: number, value = 0x77n): this {
    for (let i = 0; i < count; i++) this.words.push(value);
    return this;
  }

  address(label: string): bigint {
    const address = this.labels.get(label);
    if (address === undefined) throw new Error(`no label ${label}`);
    return address;
  }

  build(): MemoryRegion {
    const bytes = Buffer.alloc(this.words.length * this.wordBytes);
    for (const [i, word] of this.words.entries()) {
      const digits = BigInt.asUintN(this.wordBytes * 8, typeof word === 'string' ? this.address(word) : word)
        .toString(16)
        .padStart(this.wordBytes * 2, '0');
      const big = Buffer.from(digits, 'hex');
      bytes.set(this.bigEndian ? big : big.toReversed(), i * this.wordBytes);
    }
    return { start: this.start, bytes: new ByteReader(bytes, !this.bigEndian) };
  }
}

/** Everything that a test varies. */
export type Scene = Partial<Omit<StackWalkerOptions, 'cpu'>> & {
  readonly cpu: CpuKind;
  readonly stack: StackBuilder | MemoryRegion | null;
  readonly registers: Readonly<Record<string, bigint>>;
};

/** Walks one thread. */
export async function walk({ stack, registers, ...options }: Scene): Promise<Walk> {
  const walker = createStackWalker({ os: 'linux', modules: [], ...options });
  return walker.walk({
    registers: new Map(Object.entries(registers)),
    stack: stack instanceof StackBuilder ? stack.build() : stack,
  });
}

/** `trust name-or-address` for each frame. */
export function outline(result: Walk): string[] {
  return result.frames.map(
    (frame) => `${frame.trust} ${frame.function ?? `0x${frame.resumeAddress.toString(16)}`}`,
  );
}
