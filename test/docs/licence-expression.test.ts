// Which licence expressions a release accepts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLicenceAllowed } from '../../scripts/licence-expression.ts';

const ALLOWED = new Set(['MIT', 'Apache-2.0', 'ISC']);

test('of what stands with OR one must be allowed, of what stands with AND each, and brackets group', () => {
  for (const [expression, isAllowed] of [
    ['MIT', true],
    ['GPL-3.0-only', false],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND GPL-3.0-only', false],
    ['(MIT OR GPL-3.0-only) AND ISC', true],
    ['(MIT) AND (GPL-3.0-only)', false],
    ['ISC AND (GPL-2.0-only OR LGPL-3.0-only)', false],
    // AND binds more than OR.
    ['MIT OR GPL-3.0-only AND AGPL-3.0-only', true],
    ['GPL-3.0-only AND MIT OR AGPL-3.0-only', false],
    ['Apache-2.0 WITH LLVM-exception', false],
    ['(MIT', false],
    ['MIT)', false],
    ['MIT ISC', false],
    ['', false],
  ] as const)
    assert.equal(isLicenceAllowed(expression, ALLOWED), isAllowed, expression);
});
