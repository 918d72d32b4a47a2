// JSON whose values were changed: what did not change is written as before, sign by sign.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataFilter } from '../../../src/report/privacy/data-filter.ts';
import { DEFAULT_DATA_RULES } from '../../../src/report/privacy/data-rules.ts';
import { rewrittenJson } from '../../../src/report/privacy/rewritten-json.ts';

const rules = { ...DEFAULT_DATA_RULES, scrub: ['email'] as const, neverStored: ['secret'] };
const under = (json: string): string => new DataFilter(rules).payload(Buffer.from(json)).toString();

/** JSON as anybody may write it: blanks, escapes, numbers of every kind, and what is scrubbed (`to` is what it becomes). */
interface Written {
  readonly from: string;
  readonly to: string;
}
const blank = fc.constantFrom('', ' ', '\n  ', '\t');
const same = (text: string): Written => ({ from: text, to: text });
const leaf = fc.oneof(
  fc
    .constantFrom(
      '9007199254740993',
      '1.0',
      '-0',
      '1e400',
      '1E+2',
      '0.10',
      'true',
      'null',
      '12345678901234567890',
    )
    .map(same),
  fc.constantFrom('"plain"', '"\\u00e9\\/\\u0041"', '"é"', '""', '"\\"\\\\"', '"{\\"a\\": 1.0}"').map(same),
  fc.constant({ from: '"by ada\\u0040example.org"', to: '"by [Filtered]"' }),
  fc.constant({
    from: '"{\\"n\\": 1.0, \\"m\\":\\"ada@example.org\\"}"',
    to: '"{\\"n\\": 1.0, \\"m\\":\\"[Filtered]\\"}"',
  }),
);
const { tree } = fc.letrec<{ tree: Written }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(fc.tuple(tie('tree'), blank, blank), { maxLength: 5 }).map((items) => {
      const of = (side: keyof Written): string =>
        `[${items.map(([item, before, after]) => before + item[side] + after).join(',')}]`;
      return { from: of('from'), to: of('to') };
    }),
    fc.array(fc.tuple(tie('tree'), blank, blank, fc.boolean()), { maxLength: 5 }).map((members) => {
      const of = (side: keyof Written): string =>
        `{${members
          .map(
            ([item, before, after, isSecret], at) =>
              [isSecret, `${before}"k${at}"${after}:${before}${item[side]}${after}`] as const,
          )
          .flatMap(([isSecret, text], at) =>
            !isSecret
              ? [text]
              : side === 'to'
                ? []
                : [text.replace(`"k${at}"`, at % 2 === 0 ? '"secret"' : '"s\\u0065cret"')],
          )
          .join(',')}}`;
      return { from: of('from'), to: of('to') };
    }),
  ),
}));

describe('JSON that is rewritten', () => {
  it('keeps numbers, blanks and escapes of what does not change, whatever changes beside it', () => {
    fc.assert(
      fc.property(tree, ({ from, to }) => {
        // Two secrets of one name are one member, of which the last counts: both go.
        assert.equal(under(`{ "data":${from}, "n": 1.0 }`), `{ "data":${to}, "n": 1.0 }`);
      }),
      { numRuns: 500 },
    );
  });

  it('drops the first of two members of one name, which nobody has looked through', () => {
    assert.equal(under('{"d":{"a":"ada@example.org","a":1.0}}'), '{"d":{"a":1.0}}');
    assert.equal(under('{"d":{"a":1.0,"b":2}}'), '{"d":{"a":1.0,"b":2}}');
  });

  it('writes the value that counts once, however often its name comes', () => {
    let written = 0;
    const value = {
      toJSON() {
        written += 1;
        return 'large';
      },
    };
    const text = `{"a":{${'"a":1,'.repeat(2000)}"b":2}, "n": 1.0}`;
    assert.equal(rewrittenJson(text, { a: { a: value, b: 2 }, n: 1 }), '{"a":{"a":"large","b":2}, "n": 1.0}');
    assert.equal(written, 1);
    assert.equal(
      rewrittenJson('{"x":[{"x":1},"x","x"],"y":{"x":1},"\\u0078":[{"x":2.0},"x"]}', {
        x: [{ x: 2 }, 'x'],
        y: { x: 1 },
      }),
      '{"y":{"x":1},"\\u0078":[{"x":2.0},"x"]}',
    );
  });

  it('leaves items of lists out where they stood', () => {
    assert.equal(
      under('{"tags": [["a", 1.0], ["secret", 2], {"key":"secret","value":3} , ["b", -0]]}'),
      '{"tags": [["a", 1.0], ["b", -0]]}',
    );
  });

  it('keeps bytes that are no UTF-8, and the mark before the text', () => {
    const bytes = Buffer.concat([
      Buffer.from('\uFEFF{"a":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('","é":"ada@example.org é","n":1.0}'),
    ]);
    const out = new DataFilter(rules).payload(bytes);
    const expected = Buffer.concat([
      Buffer.from('\uFEFF{"a":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('","é":"[Filtered] é","n":1.0}'),
    ]);
    assert.deepEqual(out, expected);
  });

  it('is what the values say, whatever they became', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        const json = JSON.stringify(after);
        assert.equal(
          JSON.stringify(JSON.parse(rewrittenJson(JSON.stringify(before), JSON.parse(json)))).length,
          json.length,
        );
      }),
    );
  });

  it('comes to an end on what is deep', () => {
    const deep = `${'['.repeat(5000)}"ada@example.org"${']'.repeat(5000)}`;
    assert.ok(!under(`{"d":${deep},"n":1.0}`).includes('ada'));
    assert.ok(under(`{"d":${deep},"n":1.0}`).endsWith(',"n":1.0}'));
  });
});
