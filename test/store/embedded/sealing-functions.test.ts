// Statements of a store that is not encrypted are the very ones without the functions of sealing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSealing } from '../../../src/store/embedded/database/sealing-functions.ts';

test('a statement loses its functions of sealing, however they stand in each other', () => {
  const cases = [
    ["SELECT opened(data, 'a.data') AS data FROM a", 'SELECT data AS data FROM a'],
    [
      "UPDATE a SET b = sealed(json_set(opened(b, 'a.b'), '$.c', ?, '$.d', ?), 'a.b') WHERE e = (1)",
      "UPDATE a SET b = json_set(b, '$.c', ?, '$.d', ?) WHERE e = (1)",
    ],
    [
      "INSERT INTO a VALUES (?, sealed(CAST(? AS TEXT), 'a.b'), ?)",
      'INSERT INTO a VALUES (?, CAST(? AS TEXT), ?)',
    ],
    ['SELECT reopened(x), unsealed(y)', 'SELECT reopened(x), unsealed(y)'],
  ] as const;
  for (const [sql, plain] of cases) assert.equal(withoutSealing(sql), plain);
  assert.throws(() => withoutSealing('SELECT opened(data)'), /purpose/);
});
