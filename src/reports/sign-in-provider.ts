// Somebody else who says who a person is (OpenID Connect): discovery, the way there and back, and what is believed of the answer. Everything of
// the protocol is `openid-client`'s; here stands what Mayday wants of it.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { Configuration, CustomFetch } from 'openid-client';
import type { ProductRight } from '../store/rights.ts';

/** A provider as OIDC_PROVIDERS has it. */
export interface ProviderSettings {
  /** Part of the address to which people come back: `/sign-in/from/<id>`. */
  readonly id: string;
  /** On the button. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Empty: a public client. */
  readonly clientSecret: string;
  readonly scope: string;
  /** Only addresses of these domains; empty: any. */
  readonly domains: readonly string[];
  /** Whether somebody whom nobody invited gets an account. */
  readonly create: boolean;
  /** The account that its people belong to. */
  readonly account: string;
  /** What a new person may with every product of it, where `groups` says nothing. */
  readonly right: ProductRight;
  /** Whether a proof of who it is counts only where the provider says when it was given (`auth_time`). */
  readonly needsAuthTime: boolean;
  readonly groupsClaim: string;
  /** What members of groups may, at each sign-in; empty: groups are not looked at. */
  readonly groups: readonly {
    readonly group: string;
    readonly right: ProductRight;
  }[];
  /** Teams of the account that members of groups are in, at each sign-in. */
  readonly teams: readonly { readonly group: string; readonly team: string }[];
  /** Hosts that may have a private address or be asked by plain http. */
  readonly privateHosts: readonly string[];
}

/** What a provider said of a person. */
export interface Claimed {
  readonly issuer: string;
  readonly subject: string;
  /** As the provider writes it. Null: none, or the provider does not say that it has verified it. */
  readonly email: string | null;
  readonly name: string;
  readonly groups: readonly string[];
  /** What is wrong with the claim of groups; null: nothing, or there is none. */
  readonly groupsFault: 'no_list' | 'too_many' | null;
}

/** Thrown where a provider cannot be asked, or its answer is not believed; the message is a sentence for the person. */
export class ProviderRefused extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ProviderRefused';
  }
}

/** What the browser keeps until it comes back, sealed: nobody else can make or read it. */
interface Journey {
  readonly provider: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly to: string;
  readonly until: number;
  /** The provider is to ask again who it is, from this time on; null: it need not. */
  readonly freshFrom: number | null;
}

const JOURNEY_MS = 10 * 60_000;
const DISCOVERY_MS = 3_600_000;
const TIMEOUT_SECONDS = 10;
/** Groups that are looked at. */
const MAX_GROUPS = 10_000;
/** Clocks of two machines differ. */
const CLOCK_ERROR_MS = 60_000;
const processKey = randomBytes(32);

/** One provider, and what it says of itself. */
export class Provider {
  readonly settings: ProviderSettings;
  readonly #fetch: CustomFetch;
  #known: { readonly at: number; readonly configuration: Promise<Configuration> } | null = null;

  constructor(settings: ProviderSettings, fetch: CustomFetch) {
    this.settings = settings;
    this.#fetch = fetch;
  }

  /** What it says of itself, at most an hour old. Throws `ProviderRefused`. */
  async configuration(): Promise<Configuration> {
    const now = performance.now();
    if (this.#known === null || now - this.#known.at > DISCOVERY_MS) {
      const { issuer, clientId, clientSecret } = this.settings;
      const configuration = discovery(
        new URL(issuer),
        clientId,
        clientSecret === '' ? { token_endpoint_auth_method: 'none' } : clientSecret,
        undefined,
        {
          [customFetch]: this.#fetch,
          timeout: TIMEOUT_SECONDS,
          // Signatures are checked though the answer comes by TLS; plain http is the affair of the fetch that was given.
          execute: [
            enableNonRepudiationChecks,
            ...(issuer.startsWith('http:') ? [allowInsecureRequests] : []),
          ],
        },
      );
      this.#known = { at: now, configuration };
    }
    try {
      return await this.#known.configuration;
    } catch (error) {
      this.#known = null;
      throw new ProviderRefused(`${this.settings.name} cannot be asked just now.`, error);
    }
  }

  /**
   * Where the browser goes, and what it keeps meanwhile. `to`: the path after the sign-in. `fresh`: the provider is to ask again who it is, though
   * it has a session. Throws `ProviderRefused`.
   */
  async begin(options: {
    readonly returnUrl: string;
    readonly to: string;
    readonly fresh: boolean;
    readonly now: number;
  }): Promise<{ readonly url: URL; readonly journey: string }> {
    const configuration = await this.configuration();
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    const url = buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: options.returnUrl, scope: this.settings.scope, state, nonce },
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // Both say the same (OpenID Connect Core 3.1.2.1); not every provider knows both, and the first one makes `auth_time` a duty.
      ...(options.fresh && { max_age: '0', prompt: 'login' }),
    });
    const { to, now } = options;
    const provider = this.settings.id;
    const [until, freshFrom] = [now + JOURNEY_MS, options.fresh ? now : null];
    return { url, journey: sealJourney({ provider, state, nonce, verifier, to, until, freshFrom }) };
  }

  /** What is believed when the browser is back. Throws `ProviderRefused`. */
  async finish(options: {
    /** The public address to which it came back, with its query. */
    readonly url: URL;
    readonly journey: string;
    readonly now: number;
  }): Promise<{
    readonly claimed: Claimed;
    readonly to: string;
    /**
     * When the person gave the provider a proof, milliseconds since 1970; 0: unknown. It is what the provider says (`auth_time`); where it was asked
     * for a fresh one and says nothing, it is now: OpenID Connect lets `prompt=login` give no answer without one.
     */
    readonly provenAt: number;
  }> {
    const { name } = this.settings;
    const journey = openJourney(options.journey);
    if (journey === null || journey.provider !== this.settings.id || journey.until <= options.now) {
      throw new ProviderRefused(
        'This way back is not of a sign-in that was begun here a moment ago. Begin again.',
      );
    }
    const configuration = await this.configuration();
    let answer: { readonly claimed: Claimed; readonly provenAt: number };
    try {
      const tokens = await authorizationCodeGrant(configuration, options.url, {
        expectedState: journey.state,
        expectedNonce: journey.nonce,
        pkceCodeVerifier: journey.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('no ID token');
      const more =
        configuration.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await fetchUserInfo(configuration, tokens.access_token, claims.sub);
      answer = {
        claimed: this.#read({ ...more, ...claims }),
        provenAt: provenAtOf(claims.auth_time, options.now),
      };
    } catch (error) {
      throw new ProviderRefused(`The answer of ${name} is not believed. Nothing was changed.`, error);
    }
    if (journey.freshFrom === null) return { to: journey.to, ...answer };
    if (answer.provenAt === 0 && !this.settings.needsAuthTime)
      return { to: journey.to, claimed: answer.claimed, provenAt: options.now };
    if (answer.provenAt < journey.freshFrom - CLOCK_ERROR_MS) {
      throw new ProviderRefused(
        `${name} does not say that it has asked you again who you are. Nothing was changed. Sign out of ${name} first, or use a password or a second factor.`,
      );
    }
    return { to: journey.to, ...answer };
  }

  #read(claims: Readonly<Record<string, unknown>>): Claimed {
    const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '');
    const groups = Object.hasOwn(claims, this.settings.groupsClaim)
      ? claims[this.settings.groupsClaim]
      : undefined;
    return {
      issuer: text('iss'),
      subject: text('sub'),
      email: claims['email_verified'] === true ? text('email') : null,
      name: text('name').trim().slice(0, 100),
      ...readGroups(groups),
    };
  }

  /** Where one signs out of the provider, too; null: it has no such address. Throws `ProviderRefused`. */
  async signOutUrl(returnUrl: string): Promise<URL | null> {
    const configuration = await this.configuration();
    if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
    return buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: returnUrl,
      client_id: this.settings.clientId,
    });
  }
}

/** A list of texts, or one text alone, as some providers send it. What else it is says nothing: no group then. */
function readGroups(claim: unknown): Pick<Claimed, 'groups' | 'groupsFault'> {
  const listed = typeof claim === 'string' ? [claim] : (claim ?? []);
  if (!Array.isArray(listed)) return { groups: [], groupsFault: 'no_list' };
  const groups = (listed as readonly unknown[])
    .slice(0, MAX_GROUPS)
    .filter((group) => typeof group === 'string');
  return { groups, groupsFault: listed.length > MAX_GROUPS ? 'too_many' : null };
}

/** `auth_time`, seconds since 1970, in milliseconds and never in the future; 0 where it is no such time. */
function provenAtOf(authTime: unknown, now: number): number {
  return typeof authTime === 'number' && authTime > 0 ? Math.min(Math.floor(authTime * 1000), now) : 0;
}

function sealJourney(journey: Journey): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', processKey, nonce);
  const body = Buffer.concat([cipher.update(JSON.stringify(journey), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
}

function openJourney(sealed: string): Journey | null {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < 29) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', processKey, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    const text = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as Journey;
  } catch {
    // Of another process, or changed.
    return null;
  }
}
