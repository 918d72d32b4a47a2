import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { goEnvironment } from '../../../../src/base/go-version-line.ts';
import { parseGoPanic } from '../../../../src/formats/trace/go-panic.ts';
import { cleanGoMessage } from '../../../../src/process/grouping/clean-go-message.ts';
import { goFingerprint } from '../../../../src/process/grouping/first-version/go-fingerprint.ts';
import { sharedData, SHARED_ABSENT } from '../../../shared-data.ts';

function log(message: string, frames: string, other = ''): string {
  return `${message}\n\ngoroutine 7 [running]:\n${frames}${other}`;
}

const PLACE =
  'panic({0x1})\n\t/go/src/runtime/panic.go:1 +0x1\nmain.(*server).serve(0x1)\n\t/a/main.go:3 +0x1\n';

describe('the fingerprint of a Go panic', () => {
  it('is the cleaned message and the frames of the crashing goroutine', () => {
    const other = '\ngoroutine 9 [select]:\nmain.loop()\n\t/a/main.go:9 +0x1\n';
    const fingerprint = goFingerprint(
      parseGoPanic(log('panic: index out of range [5] with length 3', PLACE, other)),
    );
    assert.deepEqual(fingerprint?.parts, [
      'panic: index out of range [x] with length x',
      'main.(server).serve',
    ]);
  });

  it('is the same for other lines, arguments, closure numbers and numbers of goroutines', () => {
    const one = log('panic: x', 'main.main.func2({0xc1})\n\t/a/main.go:3 +0x1\n');
    const two = log('panic: x', 'main.main.func3({0xc2, 0x3})\n\t/b/main.go:30 +0x7\n').replace(
      'goroutine 7',
      'goroutine 11',
    );
    assert.deepEqual(goFingerprint(parseGoPanic(one))?.parts, goFingerprint(parseGoPanic(two))?.parts);
  });

  it('differs where the place does', () => {
    const elsewhere = PLACE.replace('serve', 'listen');
    assert.notDeepEqual(
      goFingerprint(parseGoPanic(log('panic: x', PLACE)))?.parts,
      goFingerprint(parseGoPanic(log('panic: x', elsewhere)))?.parts,
    );
  });

  it('leaves the place out where a database is damaged', () => {
    const message =
      'panic: leveldb/table: corruption on data-block (pos=12): checksum mismatch, want=0x1f got=0x2e [file=17.ldb]';
    const fingerprint = goFingerprint(parseGoPanic(log(message, PLACE)));
    assert.deepEqual(fingerprint?.parts, [
      'panic: leveldb/table: corruption on data-block (pos=x): checksum mismatch, want=0xX got=0xX [file=x.ldb]',
    ]);
    assert.ok(fingerprint.explanation.includes('for such a message the place does not matter'));
  });

  it('is the same for every amount of memory that the runtime names', () => {
    const full = (bytes: number) =>
      log(`runtime: out of memory: cannot allocate ${bytes}-byte block (${bytes * 9} in use)`, PLACE);
    assert.equal(
      goFingerprint(parseGoPanic(full(8192)))?.message,
      'runtime: out of memory: cannot allocate x-byte block (x in use)',
    );
    assert.deepEqual(
      goFingerprint(parseGoPanic(full(8192)))?.parts,
      goFingerprint(parseGoPanic(full(16384)))?.parts,
    );
    assert.equal(
      cleanGoMessage('runtime: marked free object in span 0x7f1c2d3e, elemsize=8 freeindex=34').text,
      'runtime: marked free object in span 0xX, elemsize=x freeindex=x',
    );
  });

  it('takes rules of a product', () => {
    const rules = [{ name: 'user', pattern: /user \d+/g, replacement: 'user x', placeDoesNotMatter: false }];
    assert.equal(cleanGoMessage('panic: user 17', rules).text, 'panic: user x');
  });

  it('is null without a panic line', () => {
    assert.equal(goFingerprint(parseGoPanic('hello')), null);
  });

  it('cleans any message once and for all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('[', ']', '0x', '1', 'a', ' ', '/', 'open ', 'index', ': ') }),
        (text) => {
          const { text: cleaned } = cleanGoMessage(text);
          assert.ok(cleaned.length <= text.length + 4);
        },
      ),
    );
  });

  interface Case {
    readonly id: string;
    readonly input: { readonly message: string; readonly text: string };
    readonly expected: {
      readonly message: string;
      readonly fingerprint: readonly string[];
      readonly error?: string;
      readonly release?: string;
      readonly environment?: string;
      readonly version?: unknown;
    };
  }
  const vectors = (name: string): readonly Case[] => {
    const file = sharedData('vectors', name);
    return file === null ? [] : (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases;
  };
  const skip = sharedData('vectors') === null && SHARED_ABSENT;

  it('has its vectors', { skip }, () => {
    assert.ok(vectors('go-fingerprint.json').length > 0 && vectors('go-report.json').length > 0);
  });
  for (const { id, input, expected } of vectors('go-fingerprint.json')) {
    it(`holds for ${id}`, () => {
      const { text, placeDoesNotMatter } = cleanGoMessage(input.message);
      assert.equal(text, expected.message);
      assert.deepEqual(placeDoesNotMatter ? [text] : ['{{ default }}', text], expected.fingerprint);
    });
  }
  for (const { id, input, expected } of vectors('go-report.json')) {
    it(`holds for ${id}`, () => {
      const trace = parseGoPanic(input.text);
      const fingerprint = goFingerprint(trace);
      if (expected.error !== undefined) {
        assert.equal(fingerprint, null);
        assert.ok(trace.notes.includes(expected.error));
        return;
      }
      assert.equal(trace.subject, expected.message);
      assert.ok(trace.version !== null && fingerprint !== null);
      const { program, os, architecture, tags, built: _built, ...version } = trace.version;
      assert.equal(program, 'syncthing');
      assert.deepEqual({ ...version, goos: os, goarch: architecture, extra: tags }, expected.version);
      assert.equal(version.tag, expected.release);
      assert.equal(goEnvironment(version), expected.environment);
      assert.equal(fingerprint.message, expected.fingerprint.at(-1));
      assert.equal(fingerprint.frames.length > 0, expected.fingerprint.length > 1);
    });
  }
});
