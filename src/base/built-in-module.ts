// Modules of Node for code that also runs in browsers: asked for at run time, so that bundlers find no import of them.

type BuiltIns = {
  readonly 'node:module': typeof import('node:module');
  readonly 'node:zlib': typeof import('node:zlib');
};

/** A module of Node; null where this is none. */
export function builtInModule<Name extends keyof BuiltIns>(name: Name): BuiltIns[Name] | null {
  const { process: node } = globalThis as { readonly process?: Pick<NodeJS.Process, 'getBuiltinModule'> };
  return (node?.getBuiltinModule?.(name) as BuiltIns[Name] | undefined) ?? null;
}
