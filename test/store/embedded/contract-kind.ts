// The embedded store as the suite of the contract opens it.
import { rm } from 'node:fs/promises';
import { nodeFiles } from '../../../src/store/embedded/disk/files.ts';
import type { Files } from '../../../src/store/embedded/disk/files.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { EmbeddedOptions } from '../../../src/store/embedded/options.ts';
import type { StoreKind, StoreSettings } from '../conformance/suite.ts';
import { newFolder, storeOptions } from './open-store.ts';

/** With small segments, and `more` of its own options; `Data` is the folder. */
export function embeddedKind(more: Partial<EmbeddedOptions> = {}): StoreKind<string> {
  const folders: string[] = [];
  return {
    async makeData() {
      const dir = await newFolder();
      folders.push(dir);
      return dir;
    },
    open(dir, settings) {
      const { freeBytes: _freeBytes, fault: _fault, ...options } = settings;
      return openEmbeddedStore(
        storeOptions(dir, { segmentRows: 4, ...more, ...options, files: filesWith(settings) }),
      );
    },
    async cleanUp() {
      await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true, force: true })));
    },
  };
}

/** The real files, as far as a test leaves them alone. */
function filesWith({ freeBytes, fault }: StoreSettings): Files {
  return {
    ...nodeFiles,
    async freeBytes(folder) {
      return freeBytes?.() ?? nodeFiles.freeBytes(folder);
    },
    async create(file) {
      if (fault?.error) throw fault.error;
      const out = await nodeFiles.create(file);
      return {
        write: (chunk) => out.write(chunk),
        writeAll: (chunks) => out.writeAll(chunks),
        async sync() {
          if (fault?.error) throw fault.error;
          return out.sync();
        },
        close: () => out.close(),
      };
    },
  };
}
