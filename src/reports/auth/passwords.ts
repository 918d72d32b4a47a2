// Passwords: argon2id hashes, and a bound on how many are computed at once.
import { hash, verify } from '@node-rs/argon2';

/**
 * Shortest new password, in characters (NIST SP 800-63B asks for length, not for kinds of characters). Those that were set when it was
 * shorter stay valid until they are changed.
 */
export const MIN_PASSWORD_LENGTH = 12;
/** Longest password that is taken, so that hashing costs the same for everybody. */
export const MAX_PASSWORD_LENGTH = 256;

/** The library's default algorithm is argon2id with 19 MiB and 2 passes, OWASP's recommendation. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Computations under way; each takes 19 MiB and a thread, so a flood of sign-ins must not multiply them. */
const MAX_AT_ONCE = 4;
const MAX_WAITING = 64;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < MAX_AT_ONCE) running += 1;
  else {
    if (waiting.length >= MAX_WAITING) throw new PasswordQueueFull();
    // The one that ends hands its place over, so `running` does not change.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** Thrown when too many passwords are being checked already. Says nothing of the password: pages answer 503, and no guess is counted. */
export class PasswordQueueFull extends Error {
  constructor() {
    super('too many passwords are being checked at once');
    this.name = 'PasswordQueueFull';
  }
}

/** The encoded argon2id hash of a password. */
export async function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, OPTIONS));
}

let nobody: Promise<string> | null = null;

/**
 * Whether a password belongs to a hash. With null or an empty one (no such user, or one without a password) it computes as long and says false, so that the time
 * of an answer does not tell whether an e-mail address is known.
 */
export async function checkPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (password.length > MAX_PASSWORD_LENGTH) return false;
  nobody ??= hash('nobody has this password', OPTIONS);
  const against = passwordHash === null || passwordHash === '' ? await nobody : passwordHash;
  const matches = await inTurn(() => verify(against, password));
  return matches && against === passwordHash;
}
