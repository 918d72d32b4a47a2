// Frames of Ruby. Since 3.4 the class stands before the method, before it did not: both are compared without.
import type { GroupingFrame } from '../stacked-crash.ts';
import { baseName, type FrameName, plainName } from './frame-naming.ts';

/** `Shop::Cart#total (cart.rb)`; blocks under the name of the method that they are in. */
export function rubyName(frame: GroupingFrame): FrameName {
  const called = (frame.function ?? '').replace(/^(?:(?:block(?: \(\d+ levels\))?|rescue|ensure) in )+/, '');
  const space = frame.package === null ? '' : `${frame.package}::`;
  const file = baseName(frame.file ?? '');
  const place = file === '' ? '' : ` (${file})`;
  const shown = frame.class === null ? called : `${space}${frame.class}#${called}`;
  return plainName(`${shown}${place}`, { compared: `${called}${place}`, member: called, owner: file });
}
