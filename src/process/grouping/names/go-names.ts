// Frames of Go: import path, receiver, function.
import type { GroupingFrame } from '../stacked-crash.ts';
import { type FrameName, plainName } from './frame-naming.ts';

/** `example.org/shop/cart.(Cart).Total`; closures under the function that they are written in. */
export function goName(frame: GroupingFrame): FrameName {
  const owner =
    frame.class === null
      ? ''
      : `(${frame.class.includes('[') ? frame.class.replace(/\[[^\]]*\]/g, '') : frame.class}).`;
  const called = sourceName(frame.function ?? '');
  // A vendored copy is the same code; so is a module whose major version is in its path.
  const sent = frame.package ?? '';
  const packageName = sent.includes('/vendor/') ? sent.replace(/^.*\/vendor\//, '') : sent;
  const shown = `${packageName === '' ? '' : `${packageName}.`}${owner}${called}`;
  return plainName(shown, { member: called, owner: packageName.slice(packageName.lastIndexOf('/') + 1) });
}

/** Instances of generic functions are named by their types, closures and wrappers are numbered by the compiler. */
function sourceName(called: string): string {
  // Most names have no mark of the compiler.
  if (!/[[.-]/.test(called)) return called;
  return called
    .replace(/\[[^\]]*\]/g, '')
    .replace(/(?:\.(?:func|gowrap|deferwrap)\d[\d.]*|\.\d+)+$/, '')
    .replace(/\.(?:func|gowrap|deferwrap)\d+\./g, '.')
    .replace(/-(?:fm|range\d+)$/, '');
}
