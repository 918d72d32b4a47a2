// Modules of Node for code that also runs in browsers: asked for at run time, so that bundlers find no import of them.
import type * as NodeModule from 'node:module';
import type * as NodeZlib from 'node:zlib';

type BuiltIns = { readonly 'node:module': typeof NodeModule; readonly 'node:zlib': typeof NodeZlib };

/** A module of Node; null where this is none. */
export function builtInModule<Name extends keyof BuiltIns>(name: Name): BuiltIns[Name] | null {
  const { process: node } = globalThis as { readonly process?: Pick<NodeJS.Process, 'getBuiltinModule'> };
  return (node?.getBuiltinModule?.(name) as BuiltIns[Name] | undefined) ?? null;
}
