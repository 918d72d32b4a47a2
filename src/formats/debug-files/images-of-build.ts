// Which of several opened images belong to one build.
import type { NamedImage } from './write-module.ts';

/**
 * The images with this debug id, and what supplements them: files without an id of their own (split debug information), and shared files
 * that another image refers to. Of a file with images for several CPUs only one is of the build.
 */
export function imagesOfBuild(images: readonly NamedImage[], debugId: string): readonly NamedImage[] {
  const isNeeded = (id: string): boolean =>
    images.some(({ image }) => image.needs.some((needed) => needed.debugId === id));
  return images.filter(
    ({ image: { ids } }) => ids.debugId === debugId || ids.debugId === null || isNeeded(ids.debugId),
  );
}
