// Answers of authenticators that no browser makes: with certificates that lead elsewhere, and sent twice at once.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { createLog } from '../../src/base/log.ts';
import {
  askForNewPasskey,
  askForPasskey,
  checkPasskey,
  readNewPasskey,
} from '../../src/reports/auth/passkeys.ts';
import type { ReportsContext } from '../../src/reports/reports-context.ts';
import type { User } from '../../src/store/people.ts';
import { addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';

const ORIGIN = 'http://localhost';
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

let running: Running;
let context: ReportsContext;
let user: User;

before(async () => {
  running = await startRunning();
  user = await addPerson(running.store, { email: 'ada@example.org', role: 'admin' });
  // What passkeys need of it.
  context = {
    ...{ store: running.store, reportsUrl: ORIGIN, now: Date.now, log: createLog('silent') },
  } as unknown as ReportsContext;
});
after(() => running.stop());

/** A passkey of ours. */
class Authenticator {
  readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly id = sha256(this.keys.publicKey.export({ format: 'der', type: 'spki' }));

  /** RFC 8152: kty EC2, alg ES256, crv P-256, x, y. */
  get #cose(): Uint8Array {
    const { x = '', y = '' } = this.keys.publicKey.export({ format: 'jwk' });
    const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
    return isoCBOR.encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, bytes(x)],
        [-3, bytes(y)],
      ]),
    );
  }

  #client(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: ORIGIN }));
  }

  /** Authenticator data: relying party, flags, counter 0. */
  #data(flags: number): Buffer {
    return Buffer.concat([sha256(Buffer.from('localhost')), Buffer.from([flags, 0, 0, 0, 0])]);
  }

  /** A new passkey, with the statement that `attest` makes of the hash of what the client said. */
  register(
    challenge: string,
    format: string,
    attest: (data: Buffer, clientHash: Buffer) => Map<string, unknown>,
  ) {
    const client = this.#client('webauthn.create', challenge);
    const data = Buffer.concat([
      this.#data(0x45),
      ...[Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, this.#cose],
    ]);
    const object = new Map<string, unknown>([
      ['fmt', format],
      ['attStmt', attest(data, sha256(client))],
      ['authData', new Uint8Array(data)],
    ]);
    const attestationObject = Buffer.from(isoCBOR.encode(object as never)).toString('base64url');
    return this.#answer({ attestationObject, clientDataJSON: client.toString('base64url') });
  }

  /** A sign-in. */
  assertion(challenge: string): string {
    const client = this.#client('webauthn.get', challenge);
    const data = this.#data(0x05);
    const signature = sign('sha256', Buffer.concat([data, sha256(client)]), this.keys.privateKey);
    return this.#answer({
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
    });
  }

  #answer(response: Readonly<Record<string, string>>): string {
    const id = this.id.toString('base64url');
    return JSON.stringify({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response });
  }
}

const challengeIn = (options: string): string => (JSON.parse(options) as { challenge: string }).challenge;
const newChallenge = async (): Promise<string> => challengeIn(await askForNewPasskey(context, user, []));
const nothing = (): Map<string, unknown> => new Map();

/** DER (X.690): a tag, the length, the content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));

/** A certificate (RFC 5280) of this key, signed by itself or another one. */
function certificate(
  options: { readonly name: string; readonly of: KeyObject; readonly issuer: string; readonly by: KeyObject },
  extensions: readonly Buffer[],
): Uint8Array {
  const name = (text: string): Buffer =>
    sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
  const ecdsa = sequence(oid('2a8648ce3d040302'));
  const time = (text: string): Buffer => der(0x17, Buffer.from(text));
  const body = sequence(
    ...[der(0xa0, integer(2)), integer(7), ecdsa, name(options.issuer)],
    ...[sequence(time('200101000000Z'), time('491231235959Z')), name(options.name)],
    options.of.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(...extensions)),
  );
  return new Uint8Array(sequence(body, ecdsa, der(0x03, Buffer.from([0]), sign('sha256', body, options.by))));
}

describe('a new passkey', () => {
  test('is taken without a statement of its maker, or with one by itself', async () => {
    const plain = new Authenticator();
    const taken = await readNewPasskey(context, user, plain.register(await newChallenge(), 'none', nothing));
    assert.equal(taken?.credential, plain.id.toString('base64url'));
    const own = new Authenticator();
    const answer = own.register(
      await newChallenge(),
      'packed',
      (data, clientHash) =>
        new Map<string, unknown>([
          ['alg', -7],
          ['sig', new Uint8Array(sign('sha256', Buffer.concat([data, clientHash]), own.keys.privateKey))],
        ]),
    );
    assert.notEqual(await readNewPasskey(context, user, answer), null);
  });

  test('with certificates makes the server ask nobody, and is not taken', async () => {
    let asked = 0;
    const inside = createServer((_request, response) => {
      asked += 1;
      response.end('x');
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(inside.address() as AddressInfo).port}/revoked`;
      const own = new Authenticator();
      const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const answer = own.register(await newChallenge(), 'android-key', (data, clientHash) => {
        const list = der(0xa0, der(0xa0, der(0x86, Buffer.from(url))));
        const revoked = sequence(oid('551d1f'), der(0x04, sequence(sequence(list))));
        const one = integer(1);
        const level = der(0x0a, Buffer.from([0]));
        // What Android says of a key: versions and levels of safety, the challenge, and two empty lists.
        const described = sequence(
          ...[one, level, one, level, der(0x04, clientHash), der(0x04), sequence(), sequence()],
        );
        const android = sequence(oid('2b06010401d679020111'), der(0x04, described));
        const signed = { issuer: 'root', by: root.privateKey };
        const x5c = [
          certificate({ name: 'leaf', of: own.keys.publicKey, ...signed }, [revoked, android]),
          certificate({ name: 'root', of: root.publicKey, ...signed }, [revoked]),
        ];
        const sig = new Uint8Array(sign('sha256', Buffer.concat([data, clientHash]), own.keys.privateKey));
        return new Map<string, unknown>(Object.entries({ alg: -7, sig, x5c }));
      });
      assert.equal(await readNewPasskey(context, user, answer), null);
      assert.equal(asked, 0);
    } finally {
      inside.closeAllConnections();
      inside.close();
    }
  });
});

test('an answer of a passkey that is sent twice at once lets in once', async () => {
  const own = new Authenticator();
  const taken = await readNewPasskey(context, user, own.register(await newChallenge(), 'none', nothing));
  assert.ok(taken !== null);
  const { credential, publicKey, counter } = taken;
  await running.store.people.addFactor({
    ...{ userId: user.id, kind: 'passkey', label: 'key', credential, secret: publicKey, counter },
    createdAt: Date.now(),
  });
  const answer = own.assertion(challengeIn(await askForPasskey(context, 'sign-in', [])));
  const outcomes = await Promise.all([1, 2, 3].map(() => checkPasskey(context, 'sign-in', answer, null)));
  assert.equal(outcomes.filter((factor) => factor !== null).length, 1);
});
