// Texts of source maps in all their shapes: index maps, roots, guards, maps in place, names of files.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildMapIndex } from '../../../src/formats/source-maps/build-map-index.ts';
import { openMapIndex, type MapIndex } from '../../../src/formats/source-maps/map-index.ts';
import { inlineMap, parseMap, sourceMappingUrl } from '../../../src/formats/source-maps/parse-map.ts';
import { sourceName } from '../../../src/formats/source-maps/source-name.ts';
import { inMemory } from '../../../src/formats/symbols/random-access.ts';

/** `mappings`: the first column is line 1, column 1 of the first source; column 10 is line 3 of the second. */
const map = (fields: object) => ({
  version: 3,
  sources: ['a.ts', 'vendor/b.ts'],
  sourcesContent: ['one\ntwo', null],
  names: ['pay'],
  mappings: 'AAAAA,UCEI',
  ...fields,
});

function indexOf(text: string): MapIndex {
  const { pieces } = buildMapIndex(parseMap(text), null);
  const index = openMapIndex(inMemory(Buffer.concat(pieces)));
  assert.ok(typeof index !== 'string');
  return index;
}

describe('the text of a source map', () => {
  it('with sections is one map, each section with its own root, names and sources of others', () => {
    const index = indexOf(
      JSON.stringify({
        version: 3,
        sections: [
          { offset: { line: 0, column: 0 }, map: map({ sourceRoot: 'webpack://shop/src' }) },
          { offset: { line: 2, column: 5 }, map: map({ x_google_ignoreList: [1] }) },
        ],
      }),
    );
    const at = (line: number, column: number) => {
      const found = index.locate(line, column);
      return found === null ? null : [sourceName(found.source), found.line, found.token, found.isIgnored];
    };
    assert.deepEqual(at(1, 1), ['src/a.ts', 1, 'pay', false]);
    assert.deepEqual(at(1, 11), ['src/vendor/b.ts', 3, null, false]);
    assert.deepEqual(at(3, 6), ['a.ts', 1, 'pay', false]);
    assert.deepEqual(at(3, 16), ['vendor/b.ts', 3, null, true]);
    assert.equal(at(3, 5), null);
    assert.equal(at(2, 1), null);
  });

  it('may begin with a byte order mark and a guard', () => {
    for (const guard of ['', '\uFEFF', ")]}'\n", ')]}\n'])
      assert.deepEqual(parseMap(`${guard}${JSON.stringify(map({}))}`).sources, ['a.ts', 'vendor/b.ts']);
    assert.throws(() => parseMap('<html>'), /no JSON/);
    assert.throws(() => parseMap('{"version":3,"sources":[]}'), /no mappings/);
  });

  it('may stand in the script itself; the last comment counts', () => {
    const text = JSON.stringify(map({}));
    for (const url of [
      `data:application/json;base64,${Buffer.from(text).toString('base64')}`,
      `data:application/json;charset=utf-8;base64,${Buffer.from(text).toString('base64')}`,
      `data:application/json,${encodeURIComponent(text)}`,
    ]) {
      const said = sourceMappingUrl(
        `a();\n//# sourceMappingURL=old.map\nb();\n//# sourceMappingURL=${url}\n`,
      );
      assert.equal(inlineMap(said ?? ''), text);
    }
    assert.equal(inlineMap('app.js.map'), null);
    assert.equal(sourceMappingUrl('a();\n//@ sourceMappingURL=app.js.map'), 'app.js.map');
    assert.equal(sourceMappingUrl('a();'), null);
  });

  it('names files as a person would, however bundlers dress them up', () => {
    for (const [source, name] of [
      ['webpack://shop/./src/a.ts?ab12', 'src/a.ts'],
      ['webpack-internal:///./src/a.ts', 'src/a.ts'],
      ['webpack-internal:///(app-pages-browser)/./src/a.ts', 'src/a.ts'],
      ['../../src/a.ts', 'src/a.ts'],
      ['/build/../src/a.ts', 'src/a.ts'],
      ['lib/./x/../../src/a.ts', 'src/a.ts'],
      ['app:///src/a.ts', 'src/a.ts'],
      ['C:\\shop\\src\\a.ts', 'C:/shop/src/a.ts'],
      ['src/a.vue?vue&type=script', 'src/a.vue'],
      ['src/..hidden/a.ts', 'src/..hidden/a.ts'],
    ] as const) {
      assert.equal(sourceName(source), name, source);
    }
  });
});
