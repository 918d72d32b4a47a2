// How often passwords may be guessed: by network, by person, and by both. Whoever signed in from a browser before has a budget of its own there,
// so that guesses of others do not lock anybody out (OWASP: "Slow down online guessing attacks with device cookies").
import { createHmac } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { User } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import { checkPassword } from './passwords.ts';
import { clientAddress, networkOf } from './peer-network.ts';
import { newSecret, sameSecret } from './secrets.ts';
import { cookieName, cookiePath, isSecure } from './sessions.ts';

const MINUTE_MS = 60_000;
/** A network, for everybody: an office behind one address shares it. */
const NETWORK_LIMIT = { max: 30, windowMs: 15 * MINUTE_MS };
/** A network, for one person. */
const PAIR_LIMIT = { max: 8, windowMs: 15 * MINUTE_MS };
/** All networks together, for one person: guesses from many places. */
const PERSON_LIMIT = { max: 60, windowMs: 60 * MINUTE_MS };
/** The own password, asked of whoever holds a session: a stolen one is not good for guessing. */
const OWN_LIMIT = { max: 10, windowMs: 15 * MINUTE_MS };
/** A browser in which the person signed in before. */
const DEVICE_LIMIT = { max: 8, windowMs: 15 * MINUTE_MS };

const DEVICE_COOKIE = 'mayday-device';
/** The longest that browsers keep a cookie. */
const DEVICE_SECONDS = 400 * 86_400;

/** One guess under way: what it is counted for. */
export interface Guess {
  /** Milliseconds until a guess is taken; 0: this one is. */
  readonly waitMs: number;
  /** It was right. */
  right(): void;
  /** It was not looked at: nobody's fault. */
  unchecked(): void;
}

/**
 * Counts a guess before it is checked, so that many at once are no way around the limits, and takes it back when it was right. `email` is
 * the address that was given, whether somebody has it or not; `user` whose it is.
 */
export function beginGuess(
  c: Context,
  context: ReportsContext,
  { email, user }: { readonly email: string; readonly user: User | null },
): Guess {
  const { attempts } = context;
  const network = networkOf(clientAddress(c, context));
  const pair = `pair ${network} ${email}`;
  const device = user === null ? null : knownDevice(c, context, user);
  const counted =
    device === null
      ? [
          { key: `network ${network}`, limit: NETWORK_LIMIT },
          { key: pair, limit: PAIR_LIMIT },
          { key: `person ${email}`, limit: PERSON_LIMIT },
        ]
      : [{ key: `device ${device}`, limit: DEVICE_LIMIT }];
  const waitMs = Math.max(...counted.map(({ key, limit }) => attempts.waitMs(key, limit)));
  if (waitMs === 0) for (const { key, limit } of counted) attempts.failed(key, limit);
  const unchecked = (): void => {
    for (const { key } of counted) attempts.takeBack(key);
  };
  return {
    waitMs,
    unchecked,
    right() {
      unchecked();
      // What stays: a network's failures for others.
      attempts.succeeded(device === null ? pair : `device ${device}`);
    },
  };
}

/**
 * Checks the own password of a person who is signed in. `key`: whose guesses count together. It is counted before it is checked, so that many
 * at once are no way around the limit, and taken back when it was right or nobody looked. Throws `PasswordQueueFull`.
 */
export async function guessOwn(
  { attempts }: ReportsContext,
  user: User,
  { key, password }: { readonly key: string; readonly password: string },
): Promise<'right' | 'wrong' | 'wait'> {
  if (attempts.waitMs(key, OWN_LIMIT) > 0) return 'wait';
  attempts.failed(key, OWN_LIMIT);
  try {
    if (!(await checkPassword(user.passwordHash, password))) return 'wrong';
  } catch (error) {
    attempts.takeBack(key);
    throw error;
  }
  attempts.takeBack(key);
  return 'right';
}

/** Marks the browser as one in which this person signed in; another password voids the mark. */
export function rememberDevice(c: Context, context: ReportsContext, user: User): void {
  // Without a password nothing is guessed, and there is no hash to make a mark with.
  if (user.passwordHash === '' || knownDevice(c, context, user) !== null) return;
  const nonce = newSecret();
  setCookie(c, cookieName(context, DEVICE_COOKIE), `${user.id}.${nonce}.${markOf(user, nonce)}`, {
    path: cookiePath(context),
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure(context),
    maxAge: DEVICE_SECONDS,
  });
}

function knownDevice(c: Context, context: ReportsContext, user: User): string | null {
  const value = getCookie(c, cookieName(context, DEVICE_COOKIE)) ?? '';
  const [, id, nonce, mark] = /^(\d{1,15})\.([\w-]{43})\.([\w-]{43})$/.exec(value) ?? [];
  if (nonce === undefined || mark === undefined || Number(id) !== user.id || user.passwordHash === '')
    return null;
  return sameSecret(mark, markOf(user, nonce)) ? nonce : null;
}

/** Only the store knows the hash of the password with its salt, so nobody else makes such a mark. */
function markOf(user: User, nonce: string): string {
  return createHmac('sha256', user.passwordHash).update(`device ${user.id} ${nonce}`).digest('base64url');
}
