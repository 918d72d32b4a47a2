// Frames of .NET and Mono: the compiler turns async methods, iterators, lambdas and local functions into classes and
// methods of its own, with numbers that change with every edit.
import type { GroupingFrame } from '../stacked-crash.ts';
import { type FrameName, plainName } from './frame-naming.ts';

const STATE_MACHINE = /^(.*?)[.+/]?<([^<>]+)>d(?:__\d+)?(?:`\d+)?(?:\[.*\])?$/;
const DISPLAY_CLASS = /[.+/]<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?(?:\[.*\])?$/;

/** `Shop.Cart.TotalAsync` for `Shop.Cart.<TotalAsync>d__5.MoveNext`; lambdas under the method that they are written in. */
export function dotnetName(frame: GroupingFrame): FrameName {
  const owner = [frame.package, frame.class].filter((part) => part !== null && part !== '').join('.');
  const called = frame.function ?? '';
  const machine = called === 'MoveNext' ? STATE_MACHINE.exec(owner) : null;
  const [scope, member] =
    machine === null
      ? [owner.replace(DISPLAY_CLASS, ''), sourceName(called)]
      : [machine[1] ?? '', sourceName(`<${machine[2] ?? ''}>`)];
  const shown = plain(`${scope}.${member}`);
  return plainName(shown, { member: plain(member), owner: plain(scope).split('.').at(-1) ?? '' });
}

/** `<Run>b__4_0` is a lambda in Run, `<Run>g__Local|4_0` the local function Local in it. */
function sourceName(called: string): string {
  const local = /^<([^<>]*)>g__(\w+)\|[\d_]+/.exec(called);
  if (local !== null) return `${local[1] ?? ''}.${local[2] ?? ''}`;
  return /^<([^<>]+)>/.exec(called)?.[1] ?? called;
}

/** Without the number and the names of type arguments: `List`1`, `Add[T]`. */
function plain(name: string): string {
  return name
    .replace(/`\d+/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/[+/]/g, '.')
    .replace(/^\./, '');
}
