// Whose a frame is: the program's own, a library's, or the run-time's. The first that answers decides: what people declared for the
// product, what the client says, what the product was seen to live in, the lists, and where a reader saw the code lie; else it is own.
import type { GroupingFrame } from './stacked-crash.ts';
import type { FrameLists } from './frame-lists.ts';
import type { FrameName } from './names/frame-naming.ts';

/** How near a frame is to the program: its own code first. */
export type FrameTier = 'own' | 'library' | 'run-time';

/** Whose a frame is, and who says so. */
export interface Ownership {
  readonly tier: FrameTier;
  readonly because: string;
  /** The learned package that makes it own; absent: something else decided. */
  readonly learned?: string;
}

/** What a product knows of its own frames. */
export interface ProductFrames {
  /** What people declared; null where nothing they said matches. */
  readonly declared: (
    name: FrameName,
    frame: GroupingFrame,
  ) => { readonly isOwn: boolean; readonly rule: string } | null;
  /** The package that the product was seen to live in, where the frame is of it. */
  readonly learned: (family: string, frame: GroupingFrame) => string | null;
}

/** Decides about one frame. */
export function ownership(
  frame: GroupingFrame,
  name: FrameName,
  {
    family,
    lists,
    product,
    isClaimedByClient,
  }: {
    readonly family: string;
    readonly lists: FrameLists;
    readonly product: ProductFrames;
    readonly isClaimedByClient: boolean;
  },
): Ownership {
  const declared = product.declared(name, frame);
  if (declared !== null) {
    return declared.isOwn
      ? { tier: 'own', because: `the product's rule "${declared.rule}" says that it is own code` }
      : { tier: 'run-time', because: `the product's rule "${declared.rule}" says that it is not own code` };
  }
  if (isClaimedByClient && frame.inApp !== null) {
    return frame.inApp
      ? { tier: 'own', because: 'the program says that it is its own' }
      : { tier: 'library', because: 'the program says that it is not its own' };
  }
  const learned = product.learned(family, frame);
  if (learned !== null)
    return { tier: 'own', because: `the product was seen to live in ${learned}`, learned };
  if (lists.runtime(name.shown, frame.file) !== null)
    return { tier: 'run-time', because: 'it is of the run-time' };
  if (lists.libraries(name.shown, frame.file) !== null)
    return { tier: 'library', because: 'it is of a library' };
  if (frame.inApp === false) return { tier: 'library', because: 'it lies where installed code does' };
  return { tier: 'own', because: 'nothing says that it is foreign' };
}
