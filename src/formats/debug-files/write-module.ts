// Joins the debug files of one build (a stripped program and its debug file, say) and writes what they give together.
import type { SymbolIdentity, SymbolSink } from '../symbols/symbol-sink.ts';
import type { DebugFileEnvironment, DebugImage } from './debug-file.ts';
import { RecordNumbers } from './record-numbers.ts';

/** One file of a build. */
export type NamedImage = {
  readonly image: DebugImage;
  /** The file's own name, without folders. */
  readonly name: string;
};

const MAX_NOTES = 100;
const GENERATOR = 'Mayday';

/**
 * Writes all records of a build. Functions come from every image that has debug information; where names, functions or rows of two
 * images meet, those of the first are kept. Gives notes about what was left out.
 */
export async function writeModule(
  images: readonly NamedImage[],
  identity: Pick<SymbolIdentity, 'debugFile' | 'debugId'>,
  sink: SymbolSink,
  environment: DebugFileEnvironment,
): Promise<readonly string[]> {
  const notes = new Set<string>();
  const note = (text: string): void => {
    if (notes.size < MAX_NOTES) notes.add(text);
  };
  const first = images[0]?.image.ids;
  sink.identity({
    os: first?.os ?? '',
    cpu: first?.cpu ?? '',
    ...identity,
    codeId: firstOf(images, ({ ids }) => ids.codeId),
    codeFile: firstOf(images, ({ ids }) => ids.codeFile),
    generator: GENERATOR,
    madeFrom: images.map(({ name }) => name),
  });
  const target = { sink, numbers: new RecordNumbers(sink), note, isOver: environment.isOver };
  const supplements = new Set<DebugImage>();
  for (const { image } of images) {
    for (const { image: other, name } of images)
      if (other !== image && image.attach(other, name)) supplements.add(other);
  }
  for (const { image } of images) await image.prepare(environment, note);
  const own = images.filter(({ image }) => !supplements.has(image));
  for (const { image } of own) if (image.gives.functions) image.writeFunctions(target);
  for (const { image } of own) if (image.gives.symbols) image.writeSymbols(target);
  for (const { image } of own) if (image.gives.unwind) image.writeUnwind(target);
  return [...notes];
}

function firstOf(images: readonly NamedImage[], get: (image: DebugImage) => string | null): string | null {
  for (const { image } of images) {
    const value = get(image);
    if (value !== null) return value;
  }
  return null;
}
