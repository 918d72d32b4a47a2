// The embedded store keeps the stores' contract.
import { rm } from 'node:fs/promises';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { storeConformance } from './conformance/suite.ts';
import { newFolder, storeOptions } from './embedded/open-store.ts';

const folders: string[] = [];

storeConformance(
  'embedded store',
  async (settings) => {
    const dir = await newFolder();
    folders.push(dir);
    return openEmbeddedStore(storeOptions(dir, settings));
  },
  async () => {
    await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true, force: true })));
  },
);
