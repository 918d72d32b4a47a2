// A folder of symbol files in Breakpad's layout, `<debug file>/<DEBUG ID>/<name>.sym`, as symbol stores and small crash servers keep them.
import type { SourceFolder } from '../source-folder.ts';
import type { Source, SourceItem } from './source.ts';

const SYMBOL_NAME = /\.sym(?:\.gz|\.zst)?$/i;
const DEBUG_ID = /^[0-9A-F]{9,41}$/i;
const LOOKED_AT = 20;

export const symbolFolder: Source = {
  name: 'symbols',
  title: 'a folder of symbol files',
  async detect({ folder, file }) {
    if (file !== null) return SYMBOL_NAME.test(file);
    for (const debugFile of (await folder.names()).slice(0, LOOKED_AT)) {
      for (const debugId of (await folder.names(debugFile)).slice(0, LOOKED_AT)) {
        if (!DEBUG_ID.test(debugId)) continue;
        if ((await folder.names(`${debugFile}/${debugId}`)).some((name) => SYMBOL_NAME.test(name)))
          return true;
      }
    }
    return false;
  },
  async *items({ folder, file }) {
    if (file === null) yield* symbolItems(folder, '');
    else yield symbolItem(folder, file);
  },
};

/** Every symbol file below a folder. */
export async function* symbolItems(folder: SourceFolder, at: string): AsyncGenerator<SourceItem> {
  for await (const { name } of folder.files(at)) if (SYMBOL_NAME.test(name)) yield symbolItem(folder, name);
}

function symbolItem(folder: SourceFolder, name: string): SourceItem {
  // The file's own first line says what it is of; its place does where that line is missing.
  const [debugId = '', debugFile = ''] = name.split('/').slice(0, -1).toReversed();
  const isPlaced = DEBUG_ID.test(debugId);
  return {
    is: 'symbols',
    name,
    debugFile: isPlaced ? debugFile : '',
    debugId: isPlaced ? debugId : '',
    origin: 'import',
    async open() {
      const { bytes, handle } = await folder.open(name);
      return { size: bytes, bytes: handle.createReadStream() };
    },
  };
}
