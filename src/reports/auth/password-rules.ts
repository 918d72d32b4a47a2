// What a new password must be: long, not known from breaches, no pattern, and not made of what everybody knows here (NIST SP 800-63B 3.1.1.2,
// OWASP ASVS 5 6.2). No rule about kinds of characters.
import { isBreached } from './breached-passwords.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './passwords.ts';

/** Words with which guesses of anybody's password begin. */
const COMMON = [
  ...['password', 'passwort', 'passwd', 'qwerty', 'qwertz', 'azerty', 'letmein', 'welcome', 'willkommen'],
  ...['administrator', 'admin', 'iloveyou', 'secret', 'changeme', 'default', 'monkey', 'dragon', 'football'],
  ...['mayday', 'crash', 'report', 'server'],
];
/** Shorter words are in too many others. */
const MIN_WORD = 3;
/** What must be left of a password without the words that can be guessed. */
const MIN_REST = 8;

/** What can be guessed of a person: the words of name, e-mail address and this server's host. */
export function guessableWords(of: {
  readonly name: string;
  readonly email: string;
  readonly host: string;
}): readonly string[] {
  const words = `${of.name} ${of.email} ${of.host}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return [...new Set([...COMMON, ...words])]
    .filter((word) => word.length >= MIN_WORD)
    .toSorted((one, other) => other.length - one.length);
}

/** What is wrong with a new password, in a sentence; null: nothing. */
export function passwordFault(
  password: string,
  repeated: string,
  guessable: readonly string[],
): string | null {
  if (Array.from(password).length < MIN_PASSWORD_LENGTH) {
    return `The password needs at least ${MIN_PASSWORD_LENGTH} characters.`;
  }
  if (password.length > MAX_PASSWORD_LENGTH) {
    return `The password may have at most ${MAX_PASSWORD_LENGTH} characters.`;
  }
  if (isPattern(password.toLowerCase())) {
    return 'The password repeats itself or counts on: such ones are tried first. Three or four words that do not belong together are better.';
  }
  if (isBreached(password)) {
    return 'The password is on a list of those that were stolen elsewhere, which are tried first. Choose another one.';
  }
  if (restOf(password, guessable).length < MIN_REST) {
    return 'The password is little more than words that can be guessed: of this server, your name or address, or of very many passwords.';
  }
  return password === repeated ? null : 'The two passwords differ.';
}

/** Letters that are written as digits and signs; what is removed counts by its place, so the length stays. */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  ...{ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' },
};

/** A password without words that can be guessed, plainly written or with digits for letters. */
function restOf(password: string, guessable: readonly string[]): string {
  let rest = password.toLowerCase();
  for (const word of guessable) {
    rest = rest.replaceAll(word, '');
    const read = Array.from(rest, (letter) => LOOKS_LIKE[letter] ?? letter);
    // A letter of more than one unit would move the places; nobody guesses those.
    if (read.length !== rest.length) continue;
    for (let at = read.join('').indexOf(word); at >= 0; at = read.join('').indexOf(word)) {
      read.splice(at, word.length);
      rest = rest.slice(0, at) + rest.slice(at + word.length);
    }
  }
  return rest;
}

/** A short part again and again (`abcabcabcabc`), or characters that follow each other (`abcdefghijkl`, `098765432109`). */
function isPattern(password: string): boolean {
  for (let length = 1; length <= 6; length += 1) {
    if (password.slice(length) === password.slice(0, -length)) return true;
  }
  const steps = Array.from({ length: password.length - 1 }, (_, at) => {
    const step = password.charCodeAt(at + 1) - password.charCodeAt(at);
    // After 9 comes 0.
    return step === -9 ? 1 : step === 9 ? -1 : step;
  });
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}
