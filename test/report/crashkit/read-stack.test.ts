import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { expandDottedKeys } from '../../../src/report/crashkit/dotted-keys.ts';
import { readStack } from '../../../src/report/crashkit/read-stack.ts';
import type { CrashKitLocation } from '../../../src/report/crashkit/occurrence.ts';

function firstLocation(occurrence: Record<string, unknown>): CrashKitLocation {
  const location = readStack(occurrence).exceptions[0]?.locations[0];
  assert.ok(location !== undefined);
  return location;
}

function current(location: Record<string, unknown>): CrashKitLocation {
  return firstLocation({ exceptions: [{ name: 'E', locations: [location] }] });
}

describe('reading a stack of the current API', () => {
  // Holds: ck-exceptions, ck-location
  it('lets the package fall back to the file', () => {
    assert.equal(current({ file: 'a.php' }).package, 'a.php');
    assert.equal(current({ file: 'a.php', package: null }).package, 'a.php');
    assert.equal(current({ file: 'a.php', package: 'p' }).package, 'p');
  });

  // Holds: ck-location, ck1-place
  it('lets the method stand for a missing class', () => {
    const { className, method } = current({ class: null, method: 'vote' });
    assert.deepEqual([className, method], ['vote', '']);
  });

  it('knows function as another name of method', () => {
    const { className, method } = current({ class: 'C', function: 'vote' });
    assert.deepEqual([className, method], ['C', 'vote']);
  });

  it('has no class where neither class nor method was sent', () => {
    assert.equal(current({ class: null, function: null }).className, null);
  });

  // Holds: ck-location, ck1-place
  it('takes a missing or senseless line for 0', () => {
    for (const line of [null, undefined, 'x', -4, {}]) assert.equal(current({ line }).line, 0);
    assert.equal(current({ line: '17' }).line, 17);
  });

  // Holds: ck1-file
  it('takes the path of a script URL for its package', () => {
    const exception = {
      message: 'm',
      stack: [{ url: 'http://h:1/app.js?v=2#f', func: 'inner', line: 3, context: ['x'] }],
    };
    const location = firstLocation({ language: 'javascript', exception });
    assert.deepEqual(
      [location.package, location.file, location.className, location.line, location.source],
      ['/app.js', 'http://h:1/app.js?v=2#f', 'inner', 3, ['x']],
    );
  });

  it('names an exception of the browser client that has no name', () => {
    assert.equal(readStack({ exception: { mode: 'failed' } }).exceptions[0]?.name, 'User Exception');
  });
});

describe('reading a stack of the 1.0 API', () => {
  // Holds: ck1-stacktrace, ck1-data, ck1-file, ck1-locals
  it('keeps chained causes, source and locals', () => {
    const stack = readStack({
      stacktrace: [
        {
          kind: 'Cause',
          data: { errno: 2 },
          locations: [
            { module: 'm', method: 'f', line: 2, source: ['a', 'b', 'c'], locals: { x: 1, y: [1] } },
          ],
        },
        { kind: 'Outer', locations: [] },
      ],
    });
    assert.equal(stack.api, '1.0');
    assert.deepEqual(
      stack.exceptions.map(({ name }) => name),
      ['Cause', 'Outer'],
    );
    const location = stack.exceptions[0]?.locations[0];
    assert.deepEqual(location?.source, ['a', 'b', 'c']);
    assert.deepEqual(location.locals, { x: '1', y: '[1]' });
    assert.deepEqual(stack.exceptions[0]?.data, { errno: '2' });
  });

  it('says which ownership rule claimed a location', () => {
    const ownership = { modules: [{ module_prefix: 'mine', kind: 'application' }] };
    const { claimed, claimedBy } = firstLocation({
      ownership,
      stacktrace: [{ kind: 'E', locations: [{ module: 'mine.views', claimed: false }] }],
    });
    assert.deepEqual([claimed, claimedBy], [true, 'ownership.modules[0]']);
  });

  it('reads a bounded part of a huge stack and says so', () => {
    const locations = Array.from({ length: 50_000 }, () => ({ line: 1 }));
    const stack = readStack({ stacktrace: [{ kind: 'E', locations }] });
    assert.equal(stack.exceptions[0]?.locations.length, 5000);
    assert.deepEqual(stack.notes, ['stacktrace: only the first 5000 locations were read']);
  });

  it('never throws, whatever the keys hold', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('stacktrace', 'exceptions', 'exception', 'ownership'),
        (value, key) => {
          const stack = readStack({ stacktrace: [{ kind: 'E' }], [key]: value });
          assert.ok(Array.isArray(stack.exceptions));
        },
      ),
    );
  });
});

describe('dotted keys', () => {
  it('become nested ones, and join what is nested already', () => {
    const { object, clashes } = expandDottedKeys({
      'host.id': 'a',
      host: { hostname: 'h' },
      'environment.variables.PATH_INFO': '/x',
      'environment.variables.A.B': '1',
      'configuration.db.pool': 4,
      'other.key': 1,
    });
    assert.deepEqual(JSON.parse(JSON.stringify(object)), {
      host: { hostname: 'h', id: 'a' },
      environment: { variables: { PATH_INFO: '/x', 'A.B': '1' } },
      configuration: { 'db.pool': 4 },
      'other.key': 1,
    });
    assert.deepEqual(clashes, []);
  });

  it('never reach a prototype', () => {
    const sent = JSON.parse('{"host.__proto__": {"polluted": 1}, "__proto__": {"a": 1}}') as Record<
      string,
      unknown
    >;
    expandDottedKeys(sent);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.equal(({} as Record<string, unknown>)['a'], undefined);
  });

  it('leave the nested value alone where both were sent', () => {
    const { object, clashes } = expandDottedKeys({ 'host.id': 'dotted', host: { id: 'nested' } });
    assert.deepEqual(JSON.parse(JSON.stringify(object)), { host: { id: 'nested' } });
    assert.deepEqual(clashes, ['host.id']);
  });
});
