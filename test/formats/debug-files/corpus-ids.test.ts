// Ids of the corpus: every file has the ids that dump_syms prints for it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEBUG_FILE_FORMATS } from '../../../src/formats/debug-files/registry.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { CORPUS, corpusFile, openImages, readManifest } from './corpus.ts';

/** What tools print where a program names no PDB. */
const NIL_ID = '0'.repeat(33);

/** The manifest's ids of this entry are those of another build of the program: its files have another build id. */
const OTHER_BUILD = new Set(['elf-x64-minidebug']);

describe('ids of the corpus', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  const entries = CORPUS === null ? [] : readManifest().files;
  for (const entry of entries) {
    if (!DEBUG_FILE_FORMATS.some(({ name }) => name === entry.format) || OTHER_BUILD.has(entry.name))
      continue;
    it(`${entry.name}: ids, CPU and system are those of dump_syms`, () => {
      const found = entry.files.flatMap(({ name, path }) => {
        const images = openImages([{ name, bytes: corpusFile(path) }]);
        return typeof images === 'string' ? [] : images.map(({ image }) => image.ids);
      });
      for (const { os, cpu, debug_id: debugId, code_id: codeId } of entry.ids) {
        assert.ok(
          found.some(
            (ids) =>
              ids.os === os &&
              ids.cpu === cpu &&
              (ids.debugId ?? NIL_ID) === debugId &&
              ids.codeId === codeId,
          ),
          `${debugId} is not among ${JSON.stringify(found)}`,
        );
      }
    });
  }
});
