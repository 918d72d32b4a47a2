// Damaged debug files out of sound ones: cut anywhere, with flipped bytes, with numbers that are too large, with pieces of each other.
// Whatever comes out, the readers must give something or a sentence: never throw, never take long, never write more than the file can hold.
import { MemoryEnvironment } from '../../../src/formats/debug-files/memory-environment.ts';
import { imagesOfBuild } from '../../../src/formats/debug-files/images-of-build.ts';
import { openDebugFile } from '../../../src/formats/debug-files/registry.ts';
import { type NamedImage, writeModule } from '../../../src/formats/debug-files/write-module.ts';
import { IndexWriter } from '../../../src/formats/symbols/index-writer.ts';
import { inMemory } from '../../../src/formats/symbols/random-access.ts';

/** The largest time and index that any input may cost; inputs are small. */
export const MAX_MS = 2000;
const MAX_INDEX_BYTES = 64 * 1024 * 1024;

/** A sound file. */
export type Seed = { readonly name: string; readonly bytes: Uint8Array };

/** What one input did wrong; null: nothing. */
export type Fault = { readonly seed: string; readonly input: number; readonly what: string };

/** Numbers that follow from the seed alone (mulberry32), so that every input can be made again. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Input number `input` of a file. */
export function damaged({ bytes }: Seed, input: number, others: readonly Seed[]): Uint8Array {
  const random = numbersFrom(input * 2654435761);
  const copy = Uint8Array.from(bytes);
  const kind = random(5);
  if (kind === 0) return copy.subarray(0, random(copy.length + 1));
  if (kind === 1) {
    // Headers decide most: half of the changes go there.
    for (let n = random(8) + 1; n > 0; n--) {
      const at = random(2) === 0 ? random(Math.min(512, copy.length)) : random(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    }
    return copy;
  }
  if (kind === 2) {
    const extremes = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, copy.length, 0x10000];
    const view = new DataView(copy.buffer);
    for (let n = random(4) + 1; n > 0 && copy.length >= 4; n--) {
      view.setUint32(random(copy.length - 3), extremes[random(extremes.length)] ?? 0, true);
    }
    return copy;
  }
  if (kind === 3) {
    const from = others[random(others.length)]?.bytes ?? copy;
    const length = random(Math.min(from.length, copy.length, 256)) + 1;
    const start = random(Math.max(1, from.length - length));
    copy.set(from.subarray(start, start + length), random(Math.max(1, copy.length - length)));
    return copy;
  }
  const at = random(copy.length);
  copy.fill(random(256), at, Math.min(copy.length, at + random(64) + 1));
  return copy;
}

/** Reads an input as an upload would; gives what went wrong. */
export async function faultOf(bytes: Uint8Array): Promise<string | null> {
  const start = performance.now();
  let written = 0;
  try {
    const opened = openDebugFile(inMemory(bytes));
    if (!opened.ok) return opened.fault === '' ? 'a fault without words' : null;
    const images: NamedImage[] = opened.images.map((image) => ({ image, name: 'input' }));
    const debugId =
      images.find(({ image }) => image.ids.debugId !== null)?.image.ids.debugId ?? '0'.repeat(33);
    const writer = new IndexWriter((piece) => (written += piece.length));
    const environment = new MemoryEnvironment({ timeoutMs: MAX_MS });
    await writeModule(imagesOfBuild(images, debugId), { debugId, debugFile: 'input' }, writer, environment);
    writer.finish();
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  if (written > MAX_INDEX_BYTES) return `wrote ${written} bytes`;
  const ms = performance.now() - start;
  return ms > MAX_MS * 2 ? `took ${Math.round(ms)} ms` : null;
}

/** Tries inputs `from` to `to` of all files in turn, and calls `failed` for each that did wrong; gives how many it tried. */
export async function fuzz(
  seeds: readonly Seed[],
  { from, to, isOver }: { readonly from: number; readonly to: number; readonly isOver?: () => boolean },
  failed: (fault: Fault) => void,
): Promise<number> {
  let tried = 0;
  for (let input = from; input < to; input++) {
    if (isOver?.() === true) break;
    const seed = seeds[input % seeds.length];
    if (seed === undefined) break;
    const what = await faultOf(damaged(seed, input, seeds));
    if (what !== null) failed({ seed: seed.name, input, what });
    tried++;
  }
  return tried;
}
