// Real bundles of several build chains: each minified frame is found where our own sources have it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BlockCache, inMemory } from '../../../src/formats/symbols/random-access.ts';
import { buildMapIndex } from '../../../src/formats/source-maps/build-map-index.ts';
import { openMapIndex, type MapIndex } from '../../../src/formats/source-maps/map-index.ts';
import { inlineMap, parseMap, sourceMappingUrl } from '../../../src/formats/source-maps/parse-map.ts';
import { sourceName } from '../../../src/formats/source-maps/source-name.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

interface Frame {
  readonly minified: {
    readonly url?: string;
    readonly line?: number;
    readonly column?: number;
    readonly function?: string | null;
  };
  readonly expected: {
    readonly file: string | null;
    readonly source: string;
    readonly function?: string | null;
    readonly line: number;
    readonly column: number;
    readonly sourceLine: string;
    readonly tokenName: string | null;
  } | null;
}

const manifestFile = sharedData('sentry', 'sourcemaps', 'manifest.json');
const skip = manifestFile === null ? SHARED_ABSENT : false;

function read(path: string): string {
  return readFileSync(sharedData('sentry', 'sourcemaps', path) ?? '', 'utf8');
}

/**
 * webpack put `checkout` and `onPay` into one function without a name: the script has no identifier that could be mapped back, and the
 * original is TypeScript, which nothing here parses.
 */
const NAMELESS: ReadonlySet<string> = new Set(['http://cdn.example/webpack/app.fa8497b3.js:1:735']);

/** The index of a script with the map beside it, or inside it. */
function indexOf(path: string): MapIndex {
  const script = read(path);
  const url = sourceMappingUrl(script);
  const text = url === null || inlineMap(url) === null ? read(`${path}.map`) : (inlineMap(url) ?? '');
  const { pieces } = buildMapIndex(parseMap(text), script);
  const index = openMapIndex(inMemory(Buffer.concat(pieces)), new BlockCache());
  assert.ok(typeof index !== 'string', 'the index is unusable');
  return index;
}

describe('bundles', { skip }, () => {
  const manifest =
    manifestFile === null
      ? { bundles: [] }
      : (JSON.parse(readFileSync(manifestFile, 'utf8')) as {
          readonly bundles: readonly {
            readonly id: string;
            readonly files: readonly string[];
            readonly frames: readonly Frame[];
          }[];
        });
  for (const { id, files, frames } of manifest.bundles) {
    it(`${id}: every frame is found at its place, in its function`, () => {
      const indexes = new Map(
        files.filter((file) => file.endsWith('.js')).map((file) => [file.split('/').at(-1), indexOf(file)]),
      );
      let checked = 0;
      for (const { minified, expected } of frames) {
        const index = indexes.get(minified.url?.split('/').at(-1));
        if (index === undefined) {
          assert.equal(expected, null);
          continue;
        }
        const found = index.locate(minified.line ?? 0, minified.column ?? 0);
        const where = `${minified.url}:${minified.line}:${minified.column}`;
        if (expected === null) {
          assert.equal(found, null, where);
          continue;
        }
        assert.ok(found !== null, where);
        checked += 1;
        assert.deepEqual([found.line, found.column], [expected.line, expected.column], where);
        assert.equal(found.token, expected.tokenName, where);
        if (expected.file !== null) assert.equal(sourceName(found.source), expected.file, where);
        if (expected.function !== undefined && !NAMELESS.has(where))
          assert.equal(found.function, expected.function, where);
        if (found.context !== null) assert.equal(found.context[5], expected.sourceLine, where);
      }
      assert.ok(checked > 4, `only ${checked} frames`);
    });
  }
});
