import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRubyTrace } from '../../../src/formats/trace/ruby-trace.ts';

describe('a Ruby backtrace', () => {
  it('has its root cause first', () => {
    const trace = parseRubyTrace(`app.rb:10:in \`rescue in load': cannot load (Shop::LoadError)
\tfrom app.rb:7:in \`load'
\tfrom /usr/lib/ruby/3.1.0/set.rb:5:in \`block in each'
\tfrom app.rb:20:in \`<main>'
app.rb:8:in \`fetch': key not found: "x" (KeyError)
\tfrom app.rb:8:in \`load'
`);
    assert.deepEqual(
      trace.exceptions.map(({ kind, message, link }) => [kind, message, link]),
      [
        ['KeyError', 'key not found: "x"', 'cause'],
        ['Shop::LoadError', 'cannot load', 'thrown'],
      ],
    );
    assert.deepEqual(
      trace.exceptions[1]?.frames.map(({ function: name, file, line, inApp }) => [name, file, line, inApp]),
      [
        ['rescue in load', 'app.rb', 10, true],
        ['load', 'app.rb', 7, true],
        ['block in each', '/usr/lib/ruby/3.1.0/set.rb', 5, false],
        ['<main>', 'app.rb', 20, true],
      ],
    );
  });

  it('has classes from Ruby 3.4 on', () => {
    const frame = parseRubyTrace("a.rb:1:in 'block in Shop::Cart#total': bad (ArgumentError)\n").exceptions[0]
      ?.frames[0];
    assert.deepEqual([frame?.package, frame?.class, frame?.function], ['Shop', 'Cart', 'block in total']);
  });

  it('is turned around where it says that the most recent call is last', () => {
    const trace = parseRubyTrace(`Traceback (most recent call last):
\t1: from a.rb:5:in \`<main>'
a.rb:2:in \`foo': boom (RuntimeError)
`);
    assert.deepEqual(
      trace.exceptions[0]?.frames.map(({ function: name }) => name),
      ['foo', '<main>'],
    );
    assert.deepEqual([trace.kind, trace.message], ['RuntimeError', 'boom']);
  });

  it("is read in Rails' form", () => {
    const trace = parseRubyTrace(
      "ActionView::Template::Error (no route):\n\napp/models/user.rb:12:in `load'\napp/c.rb:3:in `call'\n",
    );
    assert.deepEqual(
      [trace.kind, trace.message, trace.exceptions[0]?.frames.length],
      ['ActionView::Template::Error', 'no route', 2],
    );
  });

  it('finds the class after a message of several lines', () => {
    const trace = parseRubyTrace("a.rb:1:in `f': one\ntwo (RuntimeError)\n\tfrom a.rb:2:in `<main>'\n");
    assert.deepEqual([trace.kind, trace.message], ['RuntimeError', 'one\ntwo']);
  });
});
