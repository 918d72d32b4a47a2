// The second step of a sign-in: a code of an authenticator app or a recovery code, and who is between both steps.
import { randomInt } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { User } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import { clientAddress, networkOf } from './peer-network.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { cookieName, cookiePath, isSecure } from './sessions.ts';
import { totpStep } from './totp.ts';

const HALF_MS = 10 * 60_000;
const HALF_COOKIE = 'mayday-half';
const PURPOSE = 'second-step';
const MINUTE_MS = 60_000;
/** Wrong codes of one person: whoever gives them knows the password already. */
const PAIR_LIMIT = { max: 6, windowMs: 15 * MINUTE_MS };
const PERSON_LIMIT = { max: 20, windowMs: 60 * MINUTE_MS };

/** Codes that a person gets; each is good once. */
const RECOVERY_CODES = 10;
/** Without letters and digits that look alike. 24 of them are 118 bits: too many to be guessed from a SHA-256 (OWASP ASVS 5, 6.5.2: 112). */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const CODE_LETTERS = 24;

/** Remembers in browser and store that this person gave the right password. */
export async function beginSecondStep(c: Context, context: ReportsContext, user: User): Promise<void> {
  const secret = newSecret();
  await context.store.people.createOneTime({
    hash: hashSecret(secret),
    purpose: PURPOSE,
    data: JSON.stringify({ user: user.id }),
    expiresAt: context.now() + HALF_MS,
  });
  setCookie(c, cookieName(context, HALF_COOKIE), secret, {
    path: cookiePath(context),
    httpOnly: true,
    sameSite: 'Strict',
    secure: isSecure(context),
    maxAge: HALF_MS / 1000,
  });
}

/** Who gave the password in this browser within the last ten minutes; null: nobody, or somebody who is switched off. */
export async function personBetween(c: Context, context: ReportsContext): Promise<User | null> {
  const secret = getCookie(c, cookieName(context, HALF_COOKIE)) ?? '';
  const data = await context.store.people.peekOneTime(hashSecret(secret), PURPOSE, context.now());
  if (data === null) return null;
  const user = await context.store.people.userById((JSON.parse(data) as { readonly user: number }).user);
  return user === null || user.disabled ? null : user;
}

/** Ends the time between both steps. False: it had ended. */
export async function endSecondStep(c: Context, context: ReportsContext): Promise<boolean> {
  const secret = getCookie(c, cookieName(context, HALF_COOKIE)) ?? '';
  const options = { path: cookiePath(context), secure: isSecure(context) };
  deleteCookie(c, cookieName(context, HALF_COOKIE), options);
  return (await context.store.people.takeOneTime(hashSecret(secret), PURPOSE, context.now())) !== null;
}

/** How a code was: `app` and `recovery` are right. */
export type CodeOutcome = 'app' | 'recovery' | 'wrong' | 'wait';

/** Checks and uses up a code. */
export async function checkCode(
  c: Context,
  context: ReportsContext,
  user: User,
  given: string,
): Promise<CodeOutcome> {
  const { attempts } = context;
  const { people } = context.store;
  const keys = [
    { key: `code ${user.id} ${networkOf(clientAddress(c, context))}`, limit: PAIR_LIMIT },
    { key: `code ${user.id}`, limit: PERSON_LIMIT },
  ];
  if (keys.some(({ key, limit }) => attempts.waitMs(key, limit) > 0)) return 'wait';
  for (const { key, limit } of keys) attempts.failed(key, limit);
  const outcome = await outcomeOf();
  if (outcome !== 'wrong') for (const { key } of keys) attempts.takeBack(key);
  return outcome;

  async function outcomeOf(): Promise<CodeOutcome> {
    const code = given.replaceAll(/[\s-]/g, '').toLowerCase();
    if (/^\d{6}$/.test(code)) {
      for (const { id, kind, secret } of await people.listFactors(user.id)) {
        const step = kind === 'totp' && secret !== '' ? totpStep(secret, code, context.now()) : null;
        // A code that was seen over a shoulder is good no second time.
        if (step !== null && (await people.useFactor(id, step, context.now()))) return 'app';
      }
      return 'wrong';
    }
    return (await people.useRecoveryCode(user.id, hashSecret(code))) ? 'recovery' : 'wrong';
  }
}

/** Gives a person fresh recovery codes; the store keeps their hashes alone. */
export async function newRecoveryCodes(context: ReportsContext, user: User): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    Array.from({ length: CODE_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
  );
  await context.store.people.setRecoveryCodes(user.id, codes.map(hashSecret));
  return codes.map((code) => code.match(/.{4}/g)?.join('-') ?? code);
}
