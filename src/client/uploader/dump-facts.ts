// What a minidump says of itself, for `mayday send`: the parts that Crashpad's own uploader would send with it, in its order
// of precedence (crashpad's handler/minidump_to_upload_parameters.cc).
import type { DumpFacts } from './minidump-item.ts';
import { parseMinidump } from '../../formats/minidump/minidump.ts';

const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';

export function dumpFacts(bytes: Uint8Array): DumpFacts {
  const parsed = parseMinidump(bytes);
  if (!parsed.ok) return { annotations: [], problem: parsed.message };
  const info = parsed.dump.crashpadInfo;
  if (info === null) return { annotations: [], problem: null };
  // The first value of a key wins: of the process, then of the modules in their order.
  const parameters = new Map(info.annotations);
  const add = (key: string, value: string): void => {
    if (!parameters.has(key)) parameters.set(key, value);
  };
  for (const { simple, objects } of info.modules) {
    for (const [key, value] of simple) add(key, value);
    for (const { name, value } of objects) if (value !== null) add(name, value);
  }
  const list = info.modules.flatMap((module) => module.list);
  if (list.length > 0) parameters.set('list_annotations', list.join('\n'));
  if (info.clientId !== EMPTY_GUID) parameters.set('guid', info.clientId);
  return { annotations: [...parameters], problem: null };
}
