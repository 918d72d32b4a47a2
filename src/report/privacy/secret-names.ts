// Which names stand for a secret: words of a name (`secret_token`, `X-Api-Key`, `cardNumber`), never parts of words, so that
// `monkey` and `author` are none. The list is shared with the client libraries by testdata/privacy-vectors.json.

/** Words that make any name a secret. */
const WORDS: ReadonlySet<string> = new Set([
  ...[
    'password',
    'passwords',
    'passwd',
    'passphrase',
    'pwd',
    'pass',
    'pw',
    'secret',
    'secrets',
    'token',
    'tokens',
  ],
  ...['auth', 'authorization', 'authentication', 'authenticate', 'cookie', 'cookies', 'session', 'sessions'],
  ...[
    'sessionid',
    'sessid',
    'phpsessid',
    'jsessionid',
    'sid',
    'card',
    'cards',
    'cardnumber',
    'creditcard',
    'cvv',
  ],
  ...[
    'cvc',
    'iban',
    'key',
    'keys',
    'apikey',
    'accesskey',
    'secretkey',
    'privatekey',
    'credential',
    'credentials',
  ],
  ...['creds', 'csrf', 'xsrf', 'csrftoken', 'jwt', 'bearer', 'otp', 'mfa', 'totp', 'pin', 'ssn', 'signature'],
  ...['dsn', 'connectionstring', 'mysqlpwd', 'pgpassword', 'sig'],
]);
/** Two words that together make a name a secret. */
const PAIRS: ReadonlySet<string> = new Set(['ccnumber', 'ccnum', 'creditnumber']);
/** Words that people write together with another: `dbpassword`, `accesstoken`, `clientsecret`; `tokenizer` is none. */
const GLUED = /passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?$/;

/** Words that make a name a secret wherever it stands in running text; `key` and `session` say too little there. */
const STRICT_WORDS: ReadonlySet<string> = new Set([
  ...[
    'password',
    'passwd',
    'passphrase',
    'pwd',
    'pw',
    'secret',
    'token',
    'authorization',
    'apikey',
    'accesskey',
  ],
  ...['secretkey', 'privatekey', 'credential', 'credentials', 'cookie', 'csrftoken', 'jwt', 'cvv', 'cvc'],
  ...['sessionid', 'sessid', 'phpsessid', 'jsessionid', 'pgpassword', 'mysqlpwd'],
]);
/** Two words that together are one of the list. */
const STRICT_PAIRS: ReadonlySet<string> = new Set([
  ...['apikey', 'accesskey', 'secretkey', 'privatekey', 'sessionid', 'cardnumber', 'creditcard'],
  ...['accountkey', 'masterkey', 'signingkey', 'encryptionkey', 'ccnumber'],
]);

/** Names that hold one of the words and are no secret: Sentry's public key is in every page that sends. */
const HARMLESS: ReadonlySet<string> = new Set([
  'public_key',
  'publickey',
  'auth_type',
  'key_type',
  'token_type',
]);

/** Folders, although one of them is spelled like a password; in this spelling alone. */
const FOLDERS: ReadonlySet<string> = new Set(['PWD', 'OLDPWD']);

const MAX_NAME = 200;

/** Words of a name in lower case. */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, MAX_NAME)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9\u0080-\uffff]+/)
    .filter((word) => word !== '');
}

/** Whether one of the words, or two of them together, is in a list; `token2` is `token`. */
function hasWord(words: readonly string[], single: ReadonlySet<string>, pairs: ReadonlySet<string>): boolean {
  return words.some((word, index) => {
    const plain = word.replace(/[0-9]+$/, '');
    return single.has(plain) || GLUED.test(plain) || pairs.has(word + (words[index + 1] ?? ''));
  });
}

/** Tells names that stand for secrets; `more` are the product's own, which hold for names that contain them. */
export class SecretNames {
  readonly #more: readonly string[];
  readonly #known = new Map<string, boolean>();

  constructor(more: readonly string[] = []) {
    this.#more = more.map((name) => name.toLowerCase()).filter((name) => name !== '');
  }

  /** Whether the value of this name is a secret. */
  isSecret(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const lower = name.slice(0, MAX_NAME).toLowerCase();
    const secret =
      !HARMLESS.has(lower) &&
      !FOLDERS.has(name) &&
      (hasWord(wordsOf(name), WORDS, PAIRS) || this.#more.some((own) => lower.includes(own)));
    // Clients choose the names, so that the memory of them is bounded.
    if (this.#known.size >= 5000) this.#known.clear();
    if (name.length <= MAX_NAME) this.#known.set(name, secret);
    return secret;
  }

  /** Whether `name = value` in running text tells a secret. */
  isSecretInText(name: string): boolean {
    if (HARMLESS.has(name.toLowerCase()) || FOLDERS.has(name)) return false;
    if (hasWord(wordsOf(name), STRICT_WORDS, STRICT_PAIRS)) return true;
    const lower = name.toLowerCase();
    return this.#more.some((own) => lower.includes(own));
  }
}
