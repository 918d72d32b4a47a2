import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseGoPanic } from '../../../src/formats/trace/go-panic.ts';
import { sharedData, SHARED_ABSENT } from '../../shared-data.ts';

const LOG = `07:48:24 INFO: shipper v2.0.1 "Silver Fox" (go1.22.1 linux-amd64) build@host 2026-01-02 03:04:05 UTC [noupgrade, race]
some words for people
Panic at 2026-05-22T07:48:25+02:00
panic: runtime error: index out of range [5] with length 3 [recovered]
\tpanic: closing: again
[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x457922a]

goroutine 106 [running]:
panic({0x1234?, 0xc000?})
\t/usr/local/go/src/runtime/panic.go:770 +0x132
gopkg.in/yaml%2ev3.(*decoder).unmarshal(0xc000158000, {0x1, 0x2}, ...)
\t/home/u/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/decode.go:74 +0x41b
github.com/acme/shipper/lib/boxes.Box.Weigh(...)
\t/src/shipper/lib/boxes/box.go:31
github.com/acme/shipper/lib/boxes.Load[go.shape.int].func1()
\t/src/shipper/lib/boxes/load.go:12 +0x5
main.main.func2()
\t/src/shipper/main.go:9 +0x1d
created by main.main in goroutine 1
\t/src/shipper/main.go:8 +0x5b

goroutine 1 [chan receive, 5 minutes, locked to thread]:
main.main()
\t/src/shipper/main.go:20 +0x2213
exit status 2
`;

describe('a Go panic log', () => {
  const trace = parseGoPanic(LOG);

  it('tells program, version, time, subject and signal', () => {
    assert.equal(trace.version?.program, 'shipper');
    assert.deepEqual(trace.version.tags, ['noupgrade', 'race']);
    assert.equal(trace.panickedAt, '2026-05-22T07:48:25+02:00');
    assert.equal(trace.subject, 'panic: runtime error: index out of range [5] with length 3 [recovered]');
    assert.equal(trace.signal, 'SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x457922a');
  });

  it('keeps a panic that was recovered before the one that ended the program', () => {
    assert.deepEqual(
      trace.exceptions.map(({ kind, message, link, frames }) => [kind, message, link, frames.length]),
      [
        ['panic', 'runtime error: index out of range [5] with length 3', 'cause', 0],
        ['panic', 'closing: again', 'thrown', 5],
      ],
    );
  });

  it('keeps all goroutines with their states and creators', () => {
    assert.deepEqual(
      trace.threads.map(({ name, state, crashed, createdBy }) => [
        name,
        state,
        crashed,
        createdBy?.line ?? null,
      ]),
      [
        ['goroutine 106', 'running', true, 8],
        ['goroutine 1', 'chan receive, 5 minutes, locked to thread', false, null],
      ],
    );
  });

  it('splits names into package, receiver and function', () => {
    const frames = trace.exceptions[1]?.frames ?? [];
    assert.deepEqual(
      frames.map((frame) => [frame.package, frame.class, frame.function, frame.line, frame.inApp]),
      [
        [null, null, 'panic', 770, null],
        ['gopkg.in/yaml.v3', 'decoder', 'unmarshal', 74, false],
        ['github.com/acme/shipper/lib/boxes', 'Box', 'Weigh', 31, true],
        ['github.com/acme/shipper/lib/boxes', null, 'Load[go.shape.int].func1', 12, true],
        ['main', null, 'main.func2', 9, true],
      ],
    );
  });

  it('needs neither version nor time', () => {
    const bare = parseGoPanic('panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:3 +0x1\n');
    assert.deepEqual(
      [bare.version, bare.panickedAt, bare.message, bare.threads.length],
      [null, null, 'x', 1],
    );
  });

  it('keeps a message of several lines', () => {
    assert.equal(parseGoPanic('panic: one\ntwo\n\ngoroutine 1 [running]:\n').message, 'one\ntwo');
  });

  it('takes the scheduler stack for the crashed one only where there is no goroutine', () => {
    const text = 'fatal error: bad\n\nruntime stack:\nruntime.throw({0x1?})\n\truntime/panic.go:1 +0x1\n';
    assert.equal(parseGoPanic(text).threads[0]?.crashed, true);
    const both = parseGoPanic(
      `${text}\ngoroutine 7 gp=0xc1 m=0 mp=0x2 [running]:\nmain.f()\n\t/a.go:1 +0x1\n`,
    );
    assert.deepEqual(
      both.threads.map(({ name, crashed }) => [name, crashed]),
      [
        ['runtime stack', false],
        ['goroutine 7', true],
      ],
    );
  });

  it('says so where there is no panic line', () => {
    const none = parseGoPanic('hello\nworld\n');
    assert.equal(none.subject, null);
    assert.ok(none.notes.includes('no panic line found'));
  });

  const folder = sharedData('syncthing');
  it('is read from real programs', { skip: folder === null && SHARED_ABSENT }, () => {
    const read = (name: string): string => readFileSync(sharedData('syncthing', name) ?? '', 'utf8');
    const panic = parseGoPanic(read('panic.log'));
    assert.equal(panic.threads.length, 73);
    assert.equal(panic.threads[0]?.frames[0]?.function, 'setConnectionStatus');
    assert.equal(panic.version?.tag, 'v1.1.3');
    const collector = parseGoPanic(read('gcerror.log'));
    assert.ok(collector.subject?.startsWith('runtime: marked free object in span'));
    assert.equal(collector.kind, 'fatal error');
    assert.equal(collector.message, 'found pointer to free object');
    assert.deepEqual(
      collector.threads.map(({ name }) => name.replace(/ \d+$/, '')),
      ['runtime stack', 'goroutine'],
    );
  });
});
