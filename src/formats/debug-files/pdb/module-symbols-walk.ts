// Walks the symbols of one module of a PDB: procedures, thunks and separated parts, with the calls that were inlined in them.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { FunctionTarget } from '../debug-file.ts';
import { SectionCursor } from '../section-cursor.ts';
import { annotatedPieces } from './inline-annotations.ts';
import type { ModuleLines } from './module-lines.ts';
import { addressOf, type PdbSection } from './pdb-headers.ts';
import { type InlineSite, type OpenProcedure, writeProcedure } from './procedure-writer.ts';
import type { TypeNames } from './type-names.ts';

/** Global and local, with a type or an id of the function, also of deferred compilation. */
const PROCEDURES = new Set([0x110f, 0x1110, 0x1146, 0x1147, 0x1155, 0x1156]);
const THUNK = 0x1102;
const SEPARATED = 0x1132;
const INLINE_SITE = 0x114d;
const INLINE_SITE_2 = 0x115d;
/** Blocks, `with`, managed procedures: opened and closed, and nothing else is said of them. */
const OTHER_SCOPES = new Set([0x1103, 0x1104, 0x112a, 0x112b]);
const ENDS = new Set([0x0006, 0x114e, 0x114f]);
const MAX_DEPTH = 1000;
const MAX_INLINE_DEPTH = 256;
/** Calls in one procedure. */
const MAX_SITES = 100_000;
/** Rows in all procedures of a module; they lie over each other in none that a compiler made. */
const MAX_ROWS = 4 * 1024 * 1024;

/** What is open: a procedure, a call in it, or a block. */
type Scope = {
  readonly procedure: OpenProcedure | null;
  readonly sites: InlineSite[] | null;
  readonly depth: number;
  readonly ends: boolean;
};

const NOWHERE: Scope = { procedure: null, sites: null, depth: 0, ends: false };

/** What the symbols of all modules refer to. */
export type ModuleContext = {
  readonly sections: readonly PdbSection[];
  readonly lines: ModuleLines;
  readonly types: TypeNames;
  readonly target: FunctionTarget;
};

export class ModuleSymbolsWalk {
  private readonly cursor: SectionCursor;
  private readonly context: ModuleContext;
  private readonly open: Scope[] = [];
  private scope: Scope = NOWHERE;
  /** The name of the procedure that came last, which its separated parts share. */
  private lastName: Uint8Array = new Uint8Array(0);
  private sites = 0;
  private rows = 0;

  constructor(symbols: RandomAccess, context: ModuleContext) {
    this.cursor = new SectionCursor(symbols);
    this.context = context;
  }

  /** False where the records are damaged; what was read before stands. */
  run(): boolean {
    const { cursor } = this;
    cursor.skip(4);
    let isSound = true;
    while (cursor.position + 4 <= cursor.length) {
      const start = cursor.position;
      const size = cursor.u16();
      const end = start + 2 + size;
      if (size < 2 || end > cursor.length || this.open.length > MAX_DEPTH || this.rows >= MAX_ROWS) {
        isSound = false;
        break;
      }
      this.read(cursor.u16(), end);
      cursor.seek(end);
    }
    while (this.open.length > 0) this.close();
    return isSound;
  }

  private read(kind: number, end: number): void {
    if (PROCEDURES.has(kind)) this.enter(this.procedure());
    else if (kind === THUNK) this.enter(this.thunk());
    else if (kind === SEPARATED) this.enter(this.separated());
    else if (kind === INLINE_SITE || kind === INLINE_SITE_2) this.enterSite(kind, end);
    else if (OTHER_SCOPES.has(kind)) this.push({ ...this.scope, ends: false });
    else if (ENDS.has(kind)) this.close();
  }

  private push(scope: Scope): void {
    this.open.push(this.scope);
    this.scope = scope;
  }

  private enter(procedure: OpenProcedure | null): void {
    this.sites = 0;
    this.push({ procedure, sites: procedure?.sites ?? null, depth: 0, ends: true });
  }

  private close(): void {
    const { procedure, ends } = this.scope;
    const { lines, target } = this.context;
    if (ends && procedure !== null && this.rows < MAX_ROWS && !target.isOver())
      this.rows += writeProcedure(procedure, lines, target);
    this.scope = this.open.pop() ?? NOWHERE;
  }

  private procedure(): OpenProcedure | null {
    const { cursor } = this;
    cursor.skip(12);
    const size = cursor.u32();
    cursor.skip(12);
    const offset = cursor.u32();
    const section = cursor.u16();
    cursor.skip(1);
    return this.opened(section, offset, size, this.name());
  }

  private thunk(): OpenProcedure | null {
    const { cursor } = this;
    cursor.skip(12);
    const offset = cursor.u32();
    const section = cursor.u16();
    const size = cursor.u16();
    cursor.skip(1);
    return this.opened(section, offset, size, this.name());
  }

  /** A part of the procedure before it that lies elsewhere. */
  private separated(): OpenProcedure | null {
    const { cursor } = this;
    cursor.skip(8);
    const size = cursor.u32();
    cursor.skip(4);
    const offset = cursor.u32();
    cursor.skip(4);
    return this.opened(cursor.u16(), offset, size, this.lastName);
  }

  private name(): Uint8Array {
    this.lastName = this.cursor.text()?.slice() ?? new Uint8Array(0);
    return this.lastName;
  }

  private opened(section: number, offset: number, size: number, name: Uint8Array): OpenProcedure | null {
    const { sections } = this.context;
    const start = addressOf(sections, section, offset);
    const found = sections[section - 1];
    if (start === -1 || found === undefined) return null;
    const end = Math.min(start + size, found.address + found.size);
    return end > start && name.length > 0 ? { start, end, name, sites: [] } : null;
  }

  private enterSite(kind: number, end: number): void {
    const { cursor, scope, context } = this;
    const { procedure, sites, depth } = scope;
    cursor.skip(8);
    const number = cursor.u32();
    if (kind === INLINE_SITE_2) cursor.skip(4);
    const inlinee = context.lines.inlinees.get(number) ?? { file: -1, line: 0 };
    const bytes = end - cursor.position;
    if (
      procedure === null ||
      sites === null ||
      bytes <= 0 ||
      depth >= MAX_INLINE_DEPTH ||
      this.sites >= MAX_SITES
    )
      return this.push({ ...NOWHERE });
    this.sites++;
    const site: InlineSite = {
      name: context.types.functionName(number),
      pieces: annotatedPieces(cursor.bytes(bytes), procedure, inlinee),
      inner: [],
    };
    sites.push(site);
    this.push({ procedure, sites: site.inner, depth: depth + 1, ends: false });
  }
}
