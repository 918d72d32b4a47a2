// Passkeys (WebAuthn): what the browser is asked, and whether its answer is right. `@simplewebauthn/server` checks signatures; here stands what
// they are for: challenges that this process made, for one purpose, a few minutes ago, used once.
import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { LRUCache } from 'lru-cache';
import type { SecondFactor } from '../../store/second-factors.ts';
import type { User } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import { sameSecret } from './secrets.ts';

/** EdDSA, ES256 and RS256, as WebAuthn names them (COSE). */
const ALGORITHMS = [-8, -7, -257];
const LIFE_MS = 5 * 60_000;
const MAX_ANSWER = 20_000;
/** Challenges are bound to this process; after a restart the page is opened again. */
const processKey = randomBytes(32);
/** Challenges that were used, as long as they would still be taken. */
const spent = new LRUCache<string, true>({ max: 50_000, ttl: LIFE_MS });

/** `sign-in`: instead of a password. `second`: after one. `proof`: before an act. `new`: a passkey is added. */
export type PasskeyPurpose = 'sign-in' | `${'second' | 'proof' | 'new'} ${number}`;

/** A challenge carries its end and a mark of this process, so that asking for many keeps nothing in memory. */
function newChallenge(purpose: PasskeyPurpose, now: number): string {
  const head = `${randomBytes(16).toString('hex')}.${now + LIFE_MS}`;
  return `${head}.${markOf(head, purpose)}`;
}

function markOf(head: string, purpose: PasskeyPurpose): string {
  return createHmac('sha256', processKey).update(`${purpose} ${head}`).digest('hex');
}

/** Whether a challenge is good for this purpose, which it is once, whatever comes of it: of answers sent at the same time one is looked at. */
function spend(given: string, purpose: PasskeyPurpose, now: number): boolean {
  const challenge = Buffer.from(given, 'base64url').toString('utf8');
  const [, head = '', until, mark = ''] =
    /^([0-9a-f]{32}\.(\d{1,16}))\.([0-9a-f]{64})$/.exec(challenge) ?? [];
  if (Number(until) <= now || !sameSecret(mark, markOf(head, purpose)) || spent.has(head)) return false;
  spent.set(head, true);
  return true;
}

/** Whether browsers take passkeys for this server: they want a name, and https, or this very machine. */
export function takesPasskeys({ reportsUrl }: ReportsContext): boolean {
  const { hostname, protocol } = new URL(reportsUrl);
  return hostname === 'localhost' || (protocol === 'https:' && isIP(hostname.replace(/^\[|\]$/g, '')) === 0);
}

function partyOf({ reportsUrl }: ReportsContext): { readonly id: string; readonly origin: string } {
  const { hostname, origin } = new URL(reportsUrl);
  return { id: hostname, origin };
}

/** What the browser is given to ask for a passkey, as JSON. `factors`: those it may be; empty: any of this server. */
export async function askForPasskey(
  context: ReportsContext,
  purpose: PasskeyPurpose,
  factors: readonly SecondFactor[],
): Promise<string> {
  const options = await generateAuthenticationOptions({
    rpID: partyOf(context).id,
    challenge: newChallenge(purpose, context.now()),
    userVerification: purpose === 'sign-in' ? 'required' : 'preferred',
    timeout: LIFE_MS,
    allowCredentials: factors.flatMap(({ credential }) => (credential === null ? [] : [{ id: credential }])),
  });
  return JSON.stringify(options);
}

/** What the browser is given to make a passkey, as JSON. */
export async function askForNewPasskey(
  context: ReportsContext,
  user: User,
  factors: readonly SecondFactor[],
): Promise<string> {
  const options = await generateRegistrationOptions({
    rpName: 'Mayday',
    rpID: partyOf(context).id,
    userName: user.email,
    userDisplayName: user.name,
    userID: new Uint8Array(Buffer.from(`mayday ${user.id}`)),
    challenge: newChallenge(`new ${user.id}`, context.now()),
    timeout: LIFE_MS,
    attestationType: 'none',
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: factors.flatMap(({ credential }) =>
      credential === null ? [] : [{ id: credential }],
    ),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  });
  return JSON.stringify(options);
}

/** The credential of a new passkey, or null where the browser's answer is not right. */
export async function readNewPasskey(
  context: ReportsContext,
  user: User,
  answer: string,
): Promise<{ readonly credential: string; readonly publicKey: string; readonly counter: number } | null> {
  const { id, origin } = partyOf(context);
  try {
    const response = parsed(answer);
    refuseCertificates(response);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: response as never,
      expectedChallenge: (challenge) => spend(challenge, `new ${user.id}`, context.now()),
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return null;
    const { credential } = registrationInfo;
    return {
      credential: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
    };
  } catch (error) {
    context.log.info({ err: error }, 'a passkey was not taken');
    return null;
  }
}

/**
 * Throws for a new passkey that brings certificates of its maker. Nothing here trusts any, none was asked for (browsers then send `none`, or
 * a passkey's signature by itself), and who checks them fetches the lists of revoked ones from wherever the sender's certificates say.
 */
function refuseCertificates({ response }: Readonly<Record<string, unknown>>): void {
  const { attestationObject } = (response ?? {}) as { readonly attestationObject?: unknown };
  if (typeof attestationObject !== 'string') throw new Error('the answer of the browser has no attestation');
  const object = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const format: unknown = object.get('fmt');
  if (format === 'none') return;
  if (format !== 'packed' || object.get('attStmt').get('x5c') !== undefined) {
    throw new Error('the attestation of a new passkey has certificates');
  }
}

/**
 * The factor whose passkey signed for this purpose; null where the answer is not right. `userId`: whose it must be; null: anybody's, and
 * then the passkey must have checked its person (PIN, fingerprint).
 */
export async function checkPasskey(
  context: ReportsContext,
  purpose: PasskeyPurpose,
  answer: string,
  userId: number | null,
): Promise<SecondFactor | null> {
  const { people } = context.store;
  const { id, origin } = partyOf(context);
  try {
    const response = parsed(answer);
    const factor =
      typeof response['id'] === 'string' ? await people.factorByCredential(response['id']) : null;
    if (factor === null || factor.credential === null) return null;
    if (userId !== null && factor.userId !== userId) return null;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as never,
      expectedChallenge: (challenge) => spend(challenge, purpose, context.now()),
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: userId === null,
      credential: {
        id: factor.credential,
        publicKey: new Uint8Array(Buffer.from(factor.secret, 'base64url')),
        counter: factor.counter,
      },
    });
    if (!verified) return null;
    return (await people.useFactor(factor.id, authenticationInfo.newCounter, context.now())) ? factor : null;
  } catch (error) {
    context.log.info({ err: error }, 'a passkey was not taken');
    return null;
  }
}

function parsed(answer: string): Readonly<Record<string, unknown>> {
  const value: unknown = answer.length > MAX_ANSWER ? null : JSON.parse(answer);
  if (typeof value !== 'object' || value === null) throw new Error('the answer of the browser is no object');
  return value as Readonly<Record<string, unknown>>;
}
