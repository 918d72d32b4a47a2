// Frames of Python: the file is the module.
import type { GroupingFrame } from '../stacked-crash.ts';
import { dotted, type FrameName, plainName, type StackContext } from './frame-naming.ts';

/**
 * Modules whose name a framework prescribes or everybody uses: every package has one, so that the package joins them.
 * (Django and Flask: apps; Celery: tasks; common names of modules without a subject.)
 */
const PRESCRIBED =
  /^(?:__init__|__main__|views?|models?|forms?|serializers?|urls|admin|tasks?|signals?|handlers?|managers?|routes?|routers?|resources?|controllers?|services?|schemas?|types|constants|exceptions|errors|helpers?|utils?|common|base|core|api|client|server|db|tests?|commands?|middleware)$/;
/** Folders that hold a program, and are called otherwise on another machine. */
const DEPLOYMENT =
  /^(?:src|source|app|apps|code|lib|srv|site|www|opt|home|work|workspace|build|current|releases?|project|root|usr|tmp|python|[\d._-]+|v\d.*)$/i;
/** Bodies within the function that stands next in the stack; the compiler inlines them or not, by its version. */
const INNER_BODY = /^<(?:listcomp|setcomp|dictcomp|genexpr)>$/;

/** `cart.Cart.total`. */
export function pythonName(frame: GroupingFrame, { root }: StackContext): FrameName {
  const module = moduleName(frame.file ?? '', root) || lastModule(frame.package ?? frame.module);
  const called = (frame.function ?? '').replace(/^.*<locals>\./, '');
  const owner =
    frame.class
      ?.replace(/\.?<locals>\.?/g, '.')
      .replace(/(?:^|\.)[^.]*$/, (last) => last.replace(/^\./, '.')) ?? null;
  const shown = dotted(module, owner === '' ? null : owner, called === '<module>' ? '<module>' : called);
  return plainName(shown, {
    // Since 3.11 tracebacks of some tools name the class, too: the function alone is what all have.
    compared: dotted(module, called),
    member: called,
    owner: module.slice(module.lastIndexOf('.') + 1),
    isGlue: INNER_BODY.test(called),
    isVague: called === '<lambda>',
  });
}

function lastModule(name: string | null): string {
  return name === null ? '' : name.slice(name.lastIndexOf('.') + 1);
}

function moduleName(file: string, root: StackContext['root']): string {
  const path = (file.includes('\\') ? file.replaceAll('\\', '/') : file).replace(/\.py[cwx]?$/, '');
  const end = path.lastIndexOf('/');
  const base = path.slice(end + 1);
  if (!PRESCRIBED.test(base)) return base;
  const folders = path.slice(0, Math.max(0, end));
  const folder = folders.slice(folders.lastIndexOf('/') + 1);
  if (folder === '') return base;
  // Only here the other frames are asked: most modules have a name of their own.
  const program = root();
  const isRoot = program === null ? DEPLOYMENT.test(folder) : folders === program;
  if (base === '__init__') return isRoot ? base : folder;
  return isRoot ? base : `${folder}.${base}`;
}
