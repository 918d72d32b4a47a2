// File operations that remember their order, and fail where a test says so.
import path from 'node:path';
import { nodeFiles } from '../../../src/store/embedded/disk/files.ts';
import type { Files } from '../../../src/store/embedded/disk/files.ts';

/** The operations that can be recorded and made to fail. */
export type FileOperation =
  | 'makeFolder'
  | 'create'
  | 'write'
  | 'sync'
  | 'close'
  | 'rename'
  | 'syncFolder'
  | 'removeTree';

/** An error as the system would give it. */
export function systemError(code: 'ENOSPC' | 'EIO'): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/**
 * The real file system under `dir`, where each operation first calls `before` with its name and relative path; what `before`
 * throws is what the operation rejects with.
 */
export function watchedFiles(dir: string, before: (operation: FileOperation, target: string) => void): Files {
  const seen = async (operation: FileOperation, target: string): Promise<void> => {
    before(operation, path.relative(dir, target));
  };
  return {
    ...nodeFiles,
    async makeFolder(folder) {
      await seen('makeFolder', folder);
      return nodeFiles.makeFolder(folder);
    },
    async create(file) {
      await seen('create', file);
      const out = await nodeFiles.create(file);
      return {
        async write(chunk) {
          await seen('write', file);
          await out.write(chunk);
        },
        async writeAll(chunks) {
          await seen('write', file);
          await out.writeAll(chunks);
        },
        async sync() {
          await seen('sync', file);
          return out.sync();
        },
        async close() {
          await out.close();
          await seen('close', file);
        },
      };
    },
    async rename(from, to) {
      await seen('rename', to);
      await nodeFiles.rename(from, to);
    },
    async syncFolder(folder) {
      await seen('syncFolder', folder);
      await nodeFiles.syncFolder(folder);
    },
    async removeTree(target) {
      await seen('removeTree', target);
      await nodeFiles.removeTree(target);
    },
  };
}
