// Names of Microsoft's compilers in symbol files and debug files: readable, within limits.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { SymbolNameReader } from '../../../src/process/symbols/symbol-name-reader.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

const VECTORS = sharedData('debugfiles/names/msvc.tsv');

function read(name: string, reader = new SymbolNameReader()): string {
  return new TextDecoder().decode(reader.read(new TextEncoder().encode(name)));
}

describe('names of symbol files', () => {
  for (const [mangled, plain] of [
    ['?draw@Frame@render@@QEAAXH@Z', 'render::Frame::draw(int)'],
    ['??$count@HHH@geometry@@YAHHHH@Z', 'geometry::count<int, int, int>(int, int, int)'],
    ['??_GCircle@geometry@@UEAAPEAXI@Z', "geometry::Circle::`scalar deleting destructor'(unsigned int)"],
    ['_ZN6render5Frame4drawEi', 'render::Frame::draw(int)'],
    ['main', 'main'],
  ] as const) {
    it(`${mangled} is ${plain}`, () => assert.equal(read(mangled), plain));
  }

  it('stay as they are where they cannot be read, and cost the others nothing', () => {
    const reader = new SymbolNameReader();
    for (const broken of ['?', '??', '?f@', `?${'?'.repeat(4000)}`])
      assert.ok(read(broken, reader) === broken);
    // Deeper than its stack.
    assert.ok(read(`?f@@YAX${'P6AX'.repeat(900)}`, reader).length < 100);
    assert.equal(read('?draw@Frame@render@@QEAAXH@Z', reader), 'render::Frame::draw(int)');
  });

  it('are read without help when a file has used up its time', () => {
    let now = 0;
    // Each look at the clock is nine seconds later.
    const reader = new SymbolNameReader({ now: () => (now += 9000) });
    const names = Array.from({ length: 4 }, () => read('?draw@Frame@render@@QEAAXH@Z', reader));
    assert.deepEqual(names, [
      'render::Frame::draw(int)',
      'render::Frame::draw(int)',
      'render::Frame::draw(int)',
      'render::Frame::draw',
    ]);
  });

  it('of the corpus are those of its vectors', { skip: VECTORS === null && SHARED_ABSENT }, () => {
    const lines = readFileSync(VECTORS ?? '', 'utf8')
      .split('\n')
      .slice(1);
    const reader = new SymbolNameReader();
    const left: string[] = [];
    let compared = 0;
    for (const line of lines) {
      const [mangled = '', , , expected = ''] = line.split('\t');
      if (mangled === '') continue;
      const found = read(mangled, reader);
      if (expected === mangled) left.push(found);
      else assert.equal(found, expected);
      compared++;
    }
    assert.ok(compared > 100);
    // What the demangler does not know is `auto`, and pointers to members: their path at most is known.
    assert.ok(left.every((name) => !name.includes('@@') || name.startsWith('?')));
  });
});
