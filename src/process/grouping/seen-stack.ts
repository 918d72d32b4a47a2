// The frames of a crash as grouping sees them: named, and with whose they are. Only as deep as it takes to choose among them.
import { frameLists, type FrameLists, type FrameMatcher } from './frame-lists.ts';
import type { FrameName, StackContext } from './names/frame-naming.ts';
import { nameFrame } from './names/name-frame.ts';
import { ownership, type FrameTier, type ProductFrames } from './own-frames.ts';
import { packageRoot } from './package-root.ts';
import { once } from '../../base/once.ts';
import { HANDLER_FRAMES } from '../../formats/stackwalk/handler-frames.ts';
import { stackRoot } from './stack-root.ts';
import type { GroupingException, GroupingFrame } from './stacked-crash.ts';

/** Frames of one exception that are looked at; below them stand servers and schedulers. */
const MAX_FRAMES = 300;
/** Own frames of different names that are enough to choose among; where a stack overflowed, its cycle may be longer. */
const ENOUGH = 5;

/** What a product adds to the engine's own knowledge. */
export interface EngineOptions {
  readonly product: ProductFrames;
  /** The same without what the product was seen to live in; null: nothing was learned. */
  readonly unlearned: EngineOptions | null;
  /** The same without what people declared. */
  readonly undeclared: EngineOptions | null;
  /** Helper frames of the product. */
  readonly helpers: FrameMatcher;
  /** Other lists than Mayday's: to measure what those are worth. */
  readonly lists?: (family: string) => FrameLists;
}

export const NO_PRODUCT_FRAMES: EngineOptions = {
  unlearned: null,
  undeclared: null,
  product: { declared: () => null, learned: () => null },
  helpers: () => null,
};

/** A frame that was looked at. */
export interface SeenFrame {
  readonly frame: GroupingFrame;
  readonly name: FrameName;
  readonly tier: FrameTier;
  /** Who says whose it is. */
  readonly because: string;
  /** The learned package that makes it own. */
  readonly learned?: string;
  /** True where it is own because the stack begins in its package. */
  readonly isEntry?: boolean;
}

/** What a stack is seen with. */
export interface Sight {
  readonly family: string;
  readonly isClaimedByClient: boolean;
  readonly options: EngineOptions;
  /** True where every frame is wanted: a stack that overflowed. */
  readonly isWhole: boolean;
}

/** The frames to choose from: those of the first exception that has own ones, else those of the root cause. */
export function seenStack(search: readonly GroupingException[], sight: Sight): readonly SeenFrame[] {
  let fallback: readonly SeenFrame[] = [];
  for (const exception of search) {
    const seen = seenFrames(exception.frames, sight);
    if (seen.some((frame) => isOwn(frame))) return seen;
    // A program that lives in a library, whatever caught its exception and wrapped it: another program, a test, a pool of threads.
    if (sight.family === 'java' && !beginsInThread(seen)) {
      const entered = withEntryPackage(seen, sight.family);
      if (entered !== seen) return entered;
    }
    if (fallback.length === 0) fallback = seen;
  }
  // Elsewhere only where none of the chain has an own frame. Java takes the whole stack where an exception is made; Python and .NET
  // collect it on the way to whoever catches, so that a cause that a library raised and handed on begins in the library, too.
  return withEntryPackage(fallback, sight.family);
}

/** Threads of libraries that are classes of their own: nothing of the run-time stands below them. */
function beginsInThread(seen: readonly SeenFrame[]): boolean {
  return /^(?:run|call|invoke)$/.test(seen.at(-1)?.name.member ?? '');
}

function isOwn({ tier, name }: SeenFrame): boolean {
  return tier === 'own' && !name.isGlue;
}

function seenFrames(frames: readonly GroupingFrame[], sight: Sight): readonly SeenFrame[] {
  const { family, options, isClaimedByClient, isWhole } = sight;
  const lists = (options.lists ?? frameLists)(family);
  const context: StackContext = { root: once(() => stackRoot(frames)) };
  const seen: SeenFrame[] = [];
  const own = new Set<string>();
  const stack = family === 'native' || family === 'rust' ? behindHandler(frames, sight, context) : frames;
  for (const frame of stack.slice(0, MAX_FRAMES)) {
    const name = nameFrame(family, frame, context);
    if (name.shown === '') continue;
    const whose = ownership(frame, name, { family, lists, product: options.product, isClaimedByClient });
    const one: SeenFrame =
      whose.learned === undefined
        ? { frame, name, tier: whose.tier, because: whose.because }
        : { frame, name, tier: whose.tier, because: whose.because, learned: whose.learned };
    seen.push(one);
    if (!isWhole && isOwn(one) && own.add(name.compared).size >= ENOUGH) return seen;
  }
  return seen;
}

/** A frame between a handler and what it was called for. Logs may name the module before it. */
function isHandlerFrame(called: string): boolean {
  return HANDLER_FRAMES.has(called.replace(/^[\w.+-]{1,100}!/, ''));
}
/** Frames that a handler has of its own. */
const MAX_HANDLER = 30;

/**
 * A program that prints its own stack, or ends itself, does so in a handler, whose frames stand above the one where it happened. A handler
 * that crashes by itself begins with a frame of its own: what it had interrupted may be anything.
 */
function behindHandler(
  frames: readonly GroupingFrame[],
  { family, options, isClaimedByClient }: Sight,
  context: StackContext,
): readonly GroupingFrame[] {
  const [first] = frames;
  const at = frames
    .slice(0, MAX_HANDLER)
    .findIndex(({ function: called }) => called !== null && isHandlerFrame(called));
  if (first === undefined || at < 0) return frames;
  const rest = frames.slice(at + 1);
  if (rest.every(({ function: called }) => called === null)) return frames;
  const lists = (options.lists ?? frameLists)(family);
  const { tier } = ownership(first, nameFrame(family, first, context), {
    family,
    lists,
    product: options.product,
    isClaimedByClient,
  });
  return tier === 'own' ? frames : rest;
}

/** Of a crash that has frames of the program itself. */
export const OWN_HOME = '';

/**
 * Where a crash begins, as the lists and what was learned tell: empty where a frame is own by itself, else the library of its outermost
 * frame that is not of the run-time, `java:org.apache.shop`; null where that says nothing.
 */
export function homeOf(seen: readonly SeenFrame[], family: string): string | null {
  for (const { tier, learned, name, isEntry } of seen) {
    if (tier === 'own' && learned === undefined && isEntry !== true && !name.isGlue) return OWN_HOME;
  }
  const outermost = seen.findLast(({ tier }) => tier !== 'run-time');
  const root = outermost === undefined ? null : packageRoot(family, outermost.frame);
  return root === null ? null : `${family}:${root}`;
}

/**
 * Frameworks and libraries crash, too, in programs of those who write them. A stack without own frames that begins in a library, and
 * not in a thread that the run-time started, is of a program that lives there.
 */
function withEntryPackage(seen: readonly SeenFrame[], family: string): readonly SeenFrame[] {
  const outermost = seen.at(-1);
  if (outermost?.tier !== 'library' || seen.some(({ tier, name }) => tier === 'own' && !name.isGlue))
    return seen;
  // Native code that lies elsewhere comes with the system or is the run-time, and no program is written there.
  if (family === 'native' && outermost.frame.inApp === false) return seen;
  const root = packageRoot(family, outermost.frame);
  if (root === null) return seen;
  const because = `the program begins in ${root}`;
  return seen.map((one) =>
    one.tier === 'library' && packageRoot(family, one.frame) === root
      ? { ...one, tier: 'own', because, isEntry: true }
      : one,
  );
}
