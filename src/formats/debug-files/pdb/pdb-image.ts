// A PDB as a debug image: procedures with lines and inlined calls, public symbols, and frame data of x86.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { WinRecord } from '../../symbols/record-parser.ts';
import type { DebugImage, FileReference, ImageGives, ImageIds, ModuleTarget } from '../debug-file.ts';
import { SectionCursor } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';
import { MovedFunctions } from '../moved-functions.ts';
import { eachFpo, eachFrameData } from './frame-data.ts';
import { ModuleLines } from './module-lines.ts';
import { ModuleSymbolsWalk } from './module-symbols-walk.ts';
import { type MsfFile, partOf } from './msf-file.ts';
import { Omap } from './omap.ts';
import { addressOf, type PdbHeaders } from './pdb-headers.ts';
import { TypeNames } from './type-names.ts';

const TPI_STREAM = 2;
const IPI_STREAM = 4;
const PUBLIC = 0x110e;
/** Signature, version and size before the texts of `/names`. */
const NAMES_HEADER_BYTES = 12;

export class PdbImage implements DebugImage {
  readonly format = 'PDB';
  readonly ids: ImageIds;
  readonly gives: ImageGives;
  readonly isDebugOnly = true;
  readonly needs: readonly FileReference[] = [];
  readonly debugLink: string | null = null;
  private readonly msf: MsfFile;
  private readonly headers: PdbHeaders;

  constructor(msf: MsfFile, headers: PdbHeaders) {
    this.msf = msf;
    this.headers = headers;
    const { cpu, debugId, modules, symbolStream, frameDataStream } = headers;
    this.ids = { os: 'windows', cpu, debugId, codeId: null, debugFile: null, codeFile: null };
    this.gives = {
      functions: modules.length > 0,
      symbols: msf.stream(symbolStream) !== null,
      unwind:
        cpu === 'x86' && (msf.stream(frameDataStream) !== null || msf.stream(headers.fpoStream) !== null),
    };
  }

  attach(): boolean {
    return false;
  }

  async prepare(): Promise<void> {
    // Nothing is compressed.
  }

  writeFunctions(target: ModuleTarget): void {
    const { msf, headers } = this;
    const omap = this.omap();
    const moved = omap === null ? null : new MovedFunctions(target.sink, omap);
    const inPlace = moved === null ? target : { ...target, sink: moved };
    const types = new TypeNames(msf.stream(IPI_STREAM), msf.stream(TPI_STREAM));
    const names = this.names();
    let broken = 0;
    for (const { stream, symbolBytes, oldLineBytes, lineBytes } of headers.modules) {
      if (target.isOver()) return;
      const whole = msf.stream(stream);
      if (whole === null || symbolBytes + oldLineBytes + lineBytes > whole.byteLength) {
        if (whole !== null || symbolBytes > 0) broken++;
        continue;
      }
      const lines = new ModuleLines(
        partOf(whole, symbolBytes + oldLineBytes, lineBytes),
        headers.sections,
        names,
      );
      const walk = new ModuleSymbolsWalk(partOf(whole, 0, symbolBytes), {
        sections: headers.sections,
        lines,
        types,
        target: inPlace,
      });
      if (!walk.run() || lines.isDamaged) broken++;
    }
    moved?.end();
    if (broken > 0) target.note(`${broken} modules of the PDB are damaged`);
  }

  writeSymbols({ sink }: ModuleTarget): void {
    const { sections } = this.headers;
    const omap = this.omap();
    // Public symbols have no size. Each ends where something else begins; the last one with its section.
    const last = new Map<number, number>();
    this.eachPublic((section, address) => {
      if (address > (last.get(section) ?? -1)) last.set(section, address);
    });
    this.eachPublic((section, address, name) => {
      const found = sections[section - 1];
      if (found === undefined || name.length === 0) return;
      const plain = this.undecorated(name);
      if (omap !== null) {
        const place = omap.placeOf(address);
        if (place !== -1) sink.public(place, 0, plain);
      } else if (last.get(section) === address)
        sink.symbol(address, found.address + found.size - address, plain);
      else sink.public(address, 0, plain);
    });
  }

  /** Public symbols of code. */
  private eachPublic(each: (section: number, address: number, name: Uint8Array) => void): void {
    const { msf, headers } = this;
    const stream = msf.stream(headers.symbolStream);
    if (stream === null) return;
    const cursor = new SectionCursor(stream);
    while (cursor.position + 4 <= cursor.length) {
      const start = cursor.position;
      const size = cursor.u16();
      if (size < 2 || start + 2 + size > cursor.length) return;
      if (cursor.u16() === PUBLIC) {
        cursor.skip(4);
        const offset = cursor.u32();
        const section = cursor.u16();
        const address = addressOf(headers.sections, section, offset);
        const name = address === -1 ? null : cursor.text();
        if (name !== null) each(section, address, name);
      }
      cursor.seek(start + 2 + size);
    }
  }

  /** Both kinds of frame data; the walk asks the newer one first. */
  writeUnwind({ sink }: ModuleTarget): void {
    const { msf, headers } = this;
    const omap = this.omap();
    const write = (record: WinRecord): void => {
      if (omap === null) sink.win(record);
      else {
        for (const { to, size } of omap.piecesOf(record.address, record.size))
          sink.win({ ...record, address: to, size });
      }
    };
    const names = this.names();
    const frames = msf.stream(headers.frameDataStream);
    if (frames !== null && names !== null) eachFrameData(frames, names, write);
    const older = msf.stream(headers.fpoStream);
    if (older !== null) eachFpo(older, write);
  }

  private omap(): Omap | null {
    const { omapFromSourceStream, omapToSourceStream } = this.headers;
    return Omap.read(this.msf.stream(omapFromSourceStream), this.msf.stream(omapToSourceStream));
  }

  /** On x86 the compiler puts an underscore before the names of C. */
  private undecorated(name: Uint8Array): Uint8Array {
    return this.headers.cpu === 'x86' && name[0] === 0x5f && name.length > 1 ? name.subarray(1) : name;
  }

  private names(): TextTable | null {
    const stream: RandomAccess | null = this.msf.stream(this.headers.namesStream);
    return stream === null
      ? null
      : new TextTable(partOf(stream, NAMES_HEADER_BYTES, stream.byteLength - NAMES_HEADER_BYTES));
  }
}
