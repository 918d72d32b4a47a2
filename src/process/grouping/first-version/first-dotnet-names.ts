// Names of .NET frames: the compiler turns async methods, iterators, lambdas and local functions into classes and
// methods of its own, with numbers that change with every edit.
import type { TraceFrame } from '../../../formats/trace/trace.ts';

const STATE_MACHINE = /^(.*?)[.+]?<([^<>]+)>d(?:__\d+)?(?:`\d+)?(?:\[.*\])?$/;
const DISPLAY_CLASS = /[.+]<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?(?:\[.*\])?$/;

/** `Shop.Cart.TotalAsync` for `Shop.Cart.<TotalAsync>d__5.MoveNext`. */
export function dotnetFrameName(frame: TraceFrame): string {
  const owner = [frame.package, frame.class].filter((part) => part !== null && part !== '').join('.');
  const called = frame.function ?? '';
  const machine = called === 'MoveNext' ? STATE_MACHINE.exec(owner) : null;
  if (machine !== null) return plain(`${machine[1] ?? ''}.${sourceName(`<${machine[2] ?? ''}>`)}`);
  return plain(`${owner.replace(DISPLAY_CLASS, '')}.${sourceName(called)}`);
}

/** `<Run>b__4_0` is a lambda in Run, `<Run>g__Local|4_0` the local function Local in it. */
function sourceName(called: string): string {
  const local = /^<([^<>]*)>g__(\w+)\|[\d_]+/.exec(called);
  if (local !== null) return `${local[1] ?? ''}.${local[2] ?? ''}`;
  const lambda = /^<([^<>]*)>b__[\d_]+/.exec(called);
  if (lambda !== null) return `${lambda[1] ?? ''}.lambda`;
  return called.replace(/^<(.*)>(?:\$|d)?$/, '$1');
}

/** Without the number and the names of type arguments: `List`1`, `Add[T]`. */
function plain(name: string): string {
  return name
    .replace(/`\d+/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\+/g, '.')
    .replace(/^\./, '');
}
