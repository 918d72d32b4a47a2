// Which new passwords are taken.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { buildFilter, inFilter, isBreached } from '../../src/reports/auth/breached-passwords.ts';
import { guessableWords, passwordFault } from '../../src/reports/auth/password-rules.ts';

const guessable = guessableWords({
  name: 'Ada Lovelace',
  email: 'countess@analytical.example',
  host: 'engine.babbage.example',
});
const fault = (password: string) => passwordFault(password, password, guessable);

describe('a new password', () => {
  test('is taken when it is long, whatever its characters are', () => {
    for (const good of [
      'correct horse battery',
      'tulip kettle orbit',
      '7305918264427',
      'ünïcödé für älle',
      '       x    y  z',
      'Mayday, mayday: the purple heron sinks',
    ])
      assert.equal(fault(good), null, good);
  });

  test('needs twelve characters, as people count them, and has at most 256', () => {
    assert.match(fault('elevenchars') ?? '', /at least 12/);
    assert.match(fault('😀😁😂🤣😃😄😅😆😉😊😋') ?? '', /at least 12/);
    assert.equal(fault('😀😁😂🤣😃😄😅😆😉😊😋😎'), null);
    assert.match(fault('kettle orbit '.repeat(20)) ?? '', /at most 256/);
  });

  test('is not one that was stolen elsewhere', () => {
    for (const known of ['1qaz2wsx3edc', 'QwertyQwerty', 'leavemealone', 'Motherfucker'])
      assert.notEqual(fault(known), null, known);
    assert.match(fault('1qaz2wsx3edc4rfv') ?? '', /stolen elsewhere/);
  });

  test('is no pattern', () => {
    for (const pattern of ['abcabcabcabc', 'aaaaaaaaaaaaa', 'abcdefghijkl', '098765432109', '567890123456'])
      assert.match(fault(pattern) ?? '', /repeats itself/, pattern);
  });

  test('is not made of what everybody knows here', () => {
    for (const known of [
      'Lovelace1815!',
      'l0vel4ce-1815',
      'ada-countess-1',
      'Babbage2026!!',
      'P4ssw0rd20261',
      'mayday-admin-1',
      'crash-reports',
    ])
      assert.match(fault(known) ?? '', /can be guessed/, known);
  });

  test('stands in both fields', () => {
    assert.equal(
      passwordFault('tulip kettle orbit', 'tulip kettle orbits', guessable),
      'The two passwords differ.',
    );
  });
});

describe('the filter of known passwords', () => {
  test('knows what it was made of, and hardly anything else', () => {
    const words = new Set(Array.from({ length: 2000 }, (_, index) => `listed password ${index}`));
    const filter = buildFilter(words);
    assert.ok([...words].every((word) => inFilter(filter, word)));
    const others = Array.from({ length: 20_000 }, (_, index) => `another password ${index}`);
    assert.ok(others.filter((word) => inFilter(filter, word)).length < 20);
  });

  test('that is shipped takes little room and refuses nobody by chance', () => {
    assert.ok(statSync('src/reports/auth/breached-passwords.bin').size < 128 * 1024);
    const others = Array.from({ length: 20_000 }, (_, index) => `never stolen anywhere ${index}`);
    assert.ok(others.filter(isBreached).length < 20);
  });
});
