// The contract of a language's frame names: how a frame is called on pages, and what of it is compared.
import type { GroupingFrame } from '../stacked-crash.ts';

/** What the other frames of the stack tell about one. */
export interface StackContext {
  /** The folder that all files of the program have in common; null where there is one file or none. */
  readonly root: () => string | null;
}

/** A frame as grouping sees it. */
export interface FrameName {
  /** In the language's own notation, without what a compiler, a run-time or a bundler makes up. Empty: it has none. */
  readonly shown: string;
  /** What is compared: without whatever differs between builds, machines and versions of the run-time. */
  readonly compared: string;
  /** Method or function alone, as helper lists know it. */
  readonly member: string;
  /** Class, module or file that it belongs to, as helper lists know it. */
  readonly owner: string;
  /** True for what a compiler puts between two calls of the source: it never names a crash where another frame can. */
  readonly isGlue: boolean;
  /** True where name and file say little: a minified or anonymous function. */
  readonly isVague: boolean;
}

/** Names the frames of a language. */
export type FrameNaming = (frame: GroupingFrame, context: StackContext) => FrameName;

/** A name that is compared as it is shown. */
export function plainName(
  shown: string,
  { member, owner, isGlue = false, isVague = false, compared = shown }: Partial<FrameName>,
): FrameName {
  return { shown, compared, member: member ?? shown, owner: owner ?? '', isGlue, isVague };
}

/** The parts that are there, joined by dots. */
export function dotted(...parts: readonly (string | null)[]): string {
  let name = '';
  for (const part of parts) {
    if (part !== null && part !== '') name = name === '' ? part : `${name}.${part}`;
  }
  return name;
}

/** The last part of a path of any system, without query and fragment. */
export function baseName(file: string): string {
  const clean = file.split(/[?#]/, 1)[0] ?? '';
  return clean.slice(Math.max(clean.lastIndexOf('/'), clean.lastIndexOf('\\')) + 1);
}
