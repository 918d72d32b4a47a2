// Demangles the names of Microsoft's compilers with gecko-profiler-demangle (WebAssembly), within limits: names come from files of strangers, and
// there are some whose readable form is gigabytes. One object serves one file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { demangledBytes } from '../../formats/symbols/demangle/demangle.ts';
import { limitMemory } from './wasm-memory-limit.ts';

/** All names of Microsoft's compilers begin so. */
const QUESTION_MARK = 0x3f;
/** Names of C++ with many templates have hundreds of characters, rarely thousands. */
const MAX_NAME_BYTES = 4096;
const MAX_RESULT_CHARS = 16 * 1024;
/** Memory of the demangler: with it ends what a name can cost in time. */
const MAX_MEMORY_BYTES = 16 * 1024 * 1024;
/** Names of one file at which the demangler may fail by memory or depth; with more of them it is not asked again. */
const MAX_FAILURES = 20;
/** Time for all names of a file: half a million of usual ones. */
const MAX_MILLISECONDS = 20_000;

/** As much of the platform's interface as is used; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** What the module exports of its own functions. */
type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly demangle_any: (at: number, length: number) => [at: number, length: number];
  readonly __wbindgen_malloc: (length: number, align: number) => number;
  readonly __wbindgen_free: (at: number, length: number, align: number) => void;
};

const require = createRequire(import.meta.url);
const decoder = new TextDecoder();
const encoder = new TextEncoder();
let compiled: object | null = null;

/** Reads names of one file; those that are not of Microsoft's compilers, too. Names that it cannot read stay as they are. */
export class SymbolNameReader {
  private instance: Exports | null = null;
  private failures = 0;
  private spentMs = 0;
  private readonly now: () => number;

  constructor({ now = () => performance.now() }: { readonly now?: () => number } = {}) {
    this.now = now;
  }

  /** The readable name, as bytes of UTF-8. Never throws. */
  readonly read = (name: Uint8Array): Uint8Array => {
    if (name[0] !== QUESTION_MARK || name.length > MAX_NAME_BYTES || this.isSpent())
      return demangledBytes(name);
    const start = this.now();
    const plain = this.demangle(name);
    this.spentMs += this.now() - start;
    return plain === null ? demangledBytes(name) : encoder.encode(plain);
  };

  private isSpent(): boolean {
    return this.failures >= MAX_FAILURES || this.spentMs >= MAX_MILLISECONDS;
  }

  private demangle(name: Uint8Array): string | null {
    try {
      const exports = (this.instance ??= instantiate());
      const at = exports.__wbindgen_malloc(name.length, 1) >>> 0;
      new Uint8Array(exports.memory.buffer).set(name, at);
      const [resultAt, length] = exports.demangle_any(at, name.length);
      const bytes = new Uint8Array(exports.memory.buffer, resultAt >>> 0, length).slice(
        0,
        MAX_RESULT_CHARS + 1,
      );
      exports.__wbindgen_free(resultAt, length, 1);
      const plain = decoder.decode(bytes);
      // What it does not know it gives back.
      return plain === '' || plain.startsWith('?') || length > MAX_RESULT_CHARS ? null : plain;
    } catch {
      // After a fault the instance is in no state to go on with.
      this.failures++;
      this.instance = null;
      return null;
    }
  }
}

function instantiate(): Exports {
  if (compiled === null) {
    const file = require.resolve('gecko-profiler-demangle/index_bg.wasm');
    compiled = new WebAssembly.Module(limitMemory(readFileSync(file), MAX_MEMORY_BYTES));
  }
  // The only import sets up a table of references, of which texts need none.
  const { exports } = new WebAssembly.Instance(compiled, {
    './index_bg.js': { __wbindgen_init_externref_table: () => undefined },
  });
  return exports as Exports;
}
