// Which unloaded modules once covered an address. Unlike loaded ones they overlap: what was unloaded made room for others.
import type { UnloadedModuleHit, WalkUnloadedModule } from './walk.ts';

/** Offsets told for one frame, and for all frames of a dump. */
const MAX_FRAME_OFFSETS = 64;
const MAX_OFFSETS = 10_000;
/** Modules looked at over all frames of a dump: thousands may cover thousands of frames. */
const MAX_STEPS = 1_000_000;

/** Unloaded modules by address. Answers get shorter, and then stop, when a dump has used up its bounds. */
export class UnloadedModules {
  private readonly sorted: readonly WalkUnloadedModule[];
  /** The highest end of the modules up to each position: where it lies below an address, no earlier one covers it. */
  private readonly ends: readonly bigint[];
  private steps = 0;
  private offsets = 0;

  constructor(modules: readonly WalkUnloadedModule[]) {
    this.sorted = modules.toSorted((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
    let highest = 0n;
    this.ends = this.sorted.map(({ base, size }) => {
      if (base + size > highest) highest = base + size;
      return highest;
    });
  }

  /** Each name with the offsets that `address` may mean in it: by name, offsets ascending. */
  find(address: bigint): UnloadedModuleHit[] {
    const hits = new Map<string, Set<bigint>>();
    let found = 0;
    // Backwards from the last module that starts at or below the address: the smallest offsets come first.
    for (let at = this.startingUpTo(address) - 1; at >= 0; at--) {
      const module = this.sorted[at];
      if (module === undefined || (this.ends[at] ?? 0n) <= address) break;
      if (found >= MAX_FRAME_OFFSETS || this.offsets >= MAX_OFFSETS || this.steps >= MAX_STEPS) break;
      this.steps++;
      if (address >= module.base + module.size) continue;
      const offsets = hits.get(module.name) ?? new Set();
      offsets.add(address - module.base);
      hits.set(module.name, offsets);
      found++;
      this.offsets++;
    }
    return [...hits]
      .map(([name, offsets]) => ({ name, offsets: [...offsets].sort((a, b) => (a < b ? -1 : 1)) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** How many modules start at or below `address`. */
  private startingUpTo(address: bigint): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const module = this.sorted[middle];
      if (module !== undefined && module.base <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
