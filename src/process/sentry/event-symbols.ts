// Names for the frames of an event that has only addresses: each address falls into an image of the process, whose symbols the
// symbol store has or lacks. Addresses of callers are where they go on: the call is the byte before.
import type { SymbolProvider } from '../../formats/symbols/symbol-provider.ts';
import type { ModuleSymbols, SourceLocation } from '../../formats/symbols/module-symbols.ts';
import { asInteger, asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import type { ProcessedReport } from '../../report/processed-report.ts';
import { textOf, valuesOf } from '../../report/sentry/event-values.ts';
import { addressOf, type EventException, type EventFrame, type EventThread } from './event-model.ts';

const MAX_IMAGES = 5000;
const MAX_MODULES = 200;
const MAX_OFFSET = 2n ** 53n;

/** A binary in the process that sent the event. */
interface Image {
  /** Null: it has no address of its own (WebAssembly); frames name it by its place in the list. */
  readonly start: bigint | null;
  /** Where the next one begins, at the latest; null: not told. */
  readonly size: bigint | null;
  readonly codeFile: string | null;
  readonly debugFile: string;
  /** Breakpad's form; null where the image tells none. */
  readonly debugId: string | null;
  readonly codeId: string | null;
}

/** What the images of an event gave. */
export interface Symbolicated {
  readonly exceptions: readonly EventException[];
  readonly threads: readonly EventThread[];
  readonly missing: ProcessedReport['missingSymbols'];
}

/** Whether any frame has an address and no name. */
export function lacksNames(exceptions: readonly EventException[], threads: readonly EventThread[]): boolean {
  return [...exceptions, ...threads].some(({ frames }) =>
    frames.some((frame) => frame.function === null && frame.address !== null),
  );
}

/** Names what can be named. Never rejects: symbols that cannot be had are missing. */
export async function symbolicateEvent(
  event: JsonObject,
  {
    exceptions,
    threads,
  }: { readonly exceptions: readonly EventException[]; readonly threads: readonly EventThread[] },
  symbols: SymbolProvider | undefined,
): Promise<Symbolicated> {
  const finder = new Finder(imagesOf(event), symbols);
  const namedExceptions: EventException[] = [];
  for (const exception of exceptions) {
    namedExceptions.push({ ...exception, frames: await finder.named(exception.frames) });
  }
  const namedThreads: EventThread[] = [];
  for (const thread of threads) namedThreads.push({ ...thread, frames: await finder.named(thread.frames) });
  return { exceptions: namedExceptions, threads: namedThreads, missing: finder.missing() };
}

class Finder {
  readonly #images: readonly Image[];
  readonly #provider: SymbolProvider | undefined;
  readonly #loaded = new Map<Image, ModuleSymbols | null>();

  constructor(images: readonly Image[], provider: SymbolProvider | undefined) {
    this.#images = images;
    this.#provider = provider;
  }

  async named(frames: readonly EventFrame[]): Promise<readonly EventFrame[]> {
    const named: EventFrame[] = [];
    for (const [index, frame] of frames.entries()) named.push(...(await this.#frame(frame, index > 0)));
    return named;
  }

  missing(): ProcessedReport['missingSymbols'] {
    return [...this.#loaded]
      .filter(([, symbols]) => symbols === null)
      .slice(0, MAX_MODULES)
      .map(([{ debugFile, debugId, codeFile, codeId }]) => ({
        debugFile,
        debugId: debugId ?? '',
        codeFile,
        codeId,
      }));
  }

  async #frame(frame: EventFrame, isCaller: boolean): Promise<readonly EventFrame[]> {
    const { address } = frame;
    if (address === null) return [frame];
    const relative = /^rel:(\d{1,6})$/.exec(frame.addressMode ?? '')?.[1];
    const image = relative === undefined ? this.#imageAt(address) : this.#images[Number(relative)];
    if (image === undefined) return [frame];
    const placed = { ...frame, package: frame.package ?? image.codeFile };
    if (frame.function !== null || image.debugId === null) return [placed];
    const offset = relative === undefined ? address - (image.start ?? 0n) : address;
    const symbols = await this.#symbolsOf(image);
    const at = isCaller && offset > 0n ? offset - 1n : offset;
    const location = symbols === null || at >= MAX_OFFSET ? null : symbols.locate(Number(at));
    return location === null ? [placed] : namedBy(placed, location);
  }

  #imageAt(address: bigint): Image | undefined {
    let best: Image | undefined;
    for (const image of this.#images) {
      const { start, size } = image;
      if (start === null || address < start || (size !== null && address >= start + size)) continue;
      if (best === undefined || start > (best.start ?? 0n)) best = image;
    }
    return best;
  }

  async #symbolsOf(image: Image): Promise<ModuleSymbols | null> {
    const known = this.#loaded.get(image);
    if (known !== undefined) return known;
    const { debugFile, debugId, codeFile, codeId } = image;
    let symbols: ModuleSymbols | null = null;
    try {
      symbols = (await this.#provider?.load({ debugFile, debugId, codeFile, codeId })) ?? null;
    } catch {
      // The contract: symbols that cannot be had are none; what was asked for is told as missing.
    }
    this.#loaded.set(image, symbols);
    return symbols;
  }
}

/** A frame, and those that were inlined into it, innermost first. */
function namedBy(frame: EventFrame, location: SourceLocation): readonly EventFrame[] {
  const physical = {
    ...frame,
    function: location.function,
    file: location.file ?? frame.file,
    line: location.line ?? frame.line,
  };
  const inlined = location.inlines.map((inline) => ({
    ...frame,
    function: inline.function,
    file: inline.file,
    line: inline.line,
    trust: 'inline',
  }));
  return [...inlined, physical];
}

/** The images of `debug_meta`, in the order of the event. */
function imagesOf(event: JsonObject): readonly Image[] {
  const meta = asObject(own(event, 'debug_meta'));
  const images = meta === null ? [] : valuesOf(own(meta, 'images'));
  return images.slice(0, MAX_IMAGES).map((image): Image => {
    const start = addressOf(own(image, 'image_addr'));
    const size = asInteger(own(image, 'image_size'));
    const codeFile = textOf(image, 'code_file') ?? textOf(image, 'name');
    const debugFile = textOf(image, 'debug_file') ?? codeFile ?? '';
    return {
      start,
      size: size === null || size <= 0 ? null : BigInt(size),
      codeFile,
      debugFile: debugFile.slice(Math.max(debugFile.lastIndexOf('/'), debugFile.lastIndexOf('\\')) + 1),
      // Clients for Apple's systems called it `uuid`, older native ones `id`.
      debugId: breakpadId(textOf(image, 'debug_id') ?? textOf(image, 'uuid') ?? textOf(image, 'id')),
      codeId: textOf(image, 'code_id'),
    };
  });
}

/** `1e3e7420-ba7b-d55b-3b3a-189b9367c658[-age]` → Breakpad's 32 digits and the age; null: none, or zeros. */
function breakpadId(id: string | null): string | null {
  const match =
    id === null ? null : /^([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})(?:-?([0-9a-f]{1,8}))?$/i.exec(id);
  if (match === null) return null;
  const digits = (match[1] ?? '').replaceAll('-', '').toUpperCase();
  if (/^0+$/.test(digits)) return null;
  const age = Number.parseInt(match[2] ?? '0', 16)
    .toString(16)
    .toUpperCase();
  return `${digits}${age}`;
}
