import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePhpTrace } from '../../../src/formats/trace/php-trace.ts';
import type { TraceFrame } from '../../../src/formats/trace/trace.ts';

function place(frame: TraceFrame): unknown[] {
  return [frame.package, frame.class, frame.function, frame.file, frame.line];
}

describe('a PHP trace', () => {
  const trace =
    parsePhpTrace(`PHP Fatal error:  Uncaught LogicException: not in stock in /srv/shop/Stock.php:7
Stack trace:
#0 /srv/shop/Cart.php(20): App\\Shop\\Stock->take('x(1)', Array)
#1 [internal function]: App\\Shop\\{closure}(1, Object(Foo))
#2 /srv/shop/vendor/lib/Run.php(3): array_map(Object(Closure), Array)
#3 {main}

Next RuntimeException: cannot buy in /srv/shop/Cart.php:22
Stack trace:
#0 /srv/shop/index.php(9): App\\Shop\\Cart::buy()
#1 {main}
  thrown in /srv/shop/Cart.php on line 22
`);

  it('has its root cause first', () => {
    assert.deepEqual(
      trace.exceptions.map(({ kind, message, link }) => [kind, message, link]),
      [
        ['LogicException', 'not in stock', 'cause'],
        ['RuntimeException', 'cannot buy', 'thrown'],
      ],
    );
  });

  it('gives each frame the place where its own code stood', () => {
    assert.deepEqual(
      trace.exceptions[0]?.frames.map((frame) => place(frame)),
      [
        ['App\\Shop', 'Stock', 'take', '/srv/shop/Stock.php', 7],
        ['App\\Shop', null, '{closure}', '/srv/shop/Cart.php', 20],
        [null, null, 'array_map', null, null],
        [null, null, '{main}', '/srv/shop/vendor/lib/Run.php', 3],
      ],
    );
    assert.deepEqual(
      trace.exceptions[1]?.frames.map((frame) => place(frame)),
      [
        ['App\\Shop', 'Cart', 'buy', '/srv/shop/Cart.php', 22],
        [null, null, '{main}', '/srv/shop/index.php', 9],
      ],
    );
  });

  it('is read from a warning without a stack', () => {
    const warning = parsePhpTrace('PHP Warning:  Undefined variable $x in /srv/a.php on line 3\n');
    assert.deepEqual([warning.kind, warning.message], ['Warning', 'Undefined variable $x']);
    assert.deepEqual(
      warning.exceptions[0]?.frames.map((frame) => place(frame)),
      [[null, null, '{main}', '/srv/a.php', 3]],
    );
  });

  it('keeps a message of several lines', () => {
    const { message } = parsePhpTrace(
      'PHP Fatal error:  Uncaught Exception: one\ntwo in the end in /a.php:3\nStack trace:\n#0 {main}\n',
    );
    assert.equal(message, 'one\ntwo in the end');
  });

  it("turns Xdebug's list around", () => {
    const { exceptions } = parsePhpTrace(
      'PHP Fatal error:  Call to undefined function nope() in /srv/a.php on line 9\nPHP Stack trace:\nPHP   1. {main}() /srv/a.php:0\nPHP   2. Foo->bar($x = 1) /srv/a.php:12\n',
    );
    assert.deepEqual(
      exceptions[0]?.frames.map((frame) => place(frame)),
      [
        [null, 'Foo', 'bar', '/srv/a.php', 9],
        [null, null, '{main}', '/srv/a.php', 12],
      ],
    );
  });

  it('names the cut end of a stack by the call at the same place', () => {
    const { exceptions } = parsePhpTrace(
      'PHP Fatal error:  Uncaught PDOException: gone in /srv/vendor/db.php:4\nStack trace:\n#0 /srv/Cart.php(42): PDO->prepare()\n#1 {main}\n\nNext QueryException: gone in /srv/vendor/db.php:9\nStack trace:\n#0 /srv/Cart.php(42): Builder->get()\n#1 /srv/run.php(3): App\\Cart->total()\n#2 {main}\n  thrown in /srv/vendor/db.php on line 9\n',
    );
    assert.deepEqual(
      exceptions.map(({ frames }) => frames.map((frame) => frame.function)),
      [
        ['prepare', 'total'],
        ['get', 'total', '{main}'],
      ],
    );
  });
});
