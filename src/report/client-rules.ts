// What a product decides about what its clients send: inbound filters, allowed origins, privacy. Data from people; read
// leniently, since it may have been written by another version.
import { asObject, own } from './crashkit/json-object.ts';
import type { DataRules } from './privacy/data-rules.ts';

/** Filters that are switched on or off; each counts what it leaves out. */
export const SWITCHED_FILTERS = ['browserExtensions', 'crawlers', 'oldBrowsers', 'localhost'] as const;
export type SwitchedFilter = (typeof SWITCHED_FILTERS)[number];

/**
 * `sentry`: what comes through Sentry's endpoints is filtered before it is stored; `everywhere`: annotations and JSON payloads of all other endpoints,
 * too; `off`: nothing is.
 */
export const PRIVACY_MODES = ['sentry', 'everywhere', 'off'] as const;
export type PrivacyMode = (typeof PRIVACY_MODES)[number];

/** What a product decides. */
export interface ClientRules {
  readonly filters: Readonly<Record<SwitchedFilter, boolean>>;
  /** Releases that are not kept; `*` stands for any text. */
  readonly releases: readonly string[];
  /** Messages (`type: value`) that are not kept; `*` stands for any text. */
  readonly messages: readonly string[];
  /** Origins of pages that may send: `https://shop.example`, `*.shop.example`, or `*`. */
  readonly origins: readonly string[];
  readonly privacy: PrivacyMode;
  /** Names whose values are filtered beside the general list. */
  readonly privateKeys: readonly string[];
  /** Whether the address of a user is kept. */
  readonly keepAddress: boolean;
}

/** The most entries of one list, and characters of one entry. */
export const MAX_RULE_ENTRIES = 100;
export const MAX_RULE_LENGTH = 200;

/** What holds for a product that has decided nothing. */
export const DEFAULT_CLIENT_RULES: ClientRules = {
  filters: { browserExtensions: false, crawlers: false, oldBrowsers: false, localhost: false },
  releases: [],
  messages: [],
  origins: ['*'],
  privacy: 'sentry',
  privateKeys: [],
  keepAddress: false,
};

/** Rules from stored or posted data; what is missing or of another kind is as in the default. */
export function readClientRules(value: unknown): ClientRules {
  const object = asObject(value) ?? {};
  const filters = asObject(own(object, 'filters')) ?? {};
  const origins = entries(own(object, 'origins'));
  const privacy = PRIVACY_MODES.find((mode) => mode === own(object, 'privacy'));
  return {
    filters: {
      browserExtensions: own(filters, 'browserExtensions') === true,
      crawlers: own(filters, 'crawlers') === true,
      oldBrowsers: own(filters, 'oldBrowsers') === true,
      localhost: own(filters, 'localhost') === true,
    },
    releases: entries(own(object, 'releases')),
    messages: entries(own(object, 'messages')),
    origins: origins.length === 0 ? DEFAULT_CLIENT_RULES.origins : origins,
    privacy: privacy ?? DEFAULT_CLIENT_RULES.privacy,
    privateKeys: entries(own(object, 'privateKeys')),
    keepAddress: own(object, 'keepAddress') === true,
  };
}

function entries(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const texts = value.filter((entry): entry is string => typeof entry === 'string');
  const kept = texts
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && entry.length <= MAX_RULE_LENGTH);
  return [...new Set(kept)].slice(0, MAX_RULE_ENTRIES);
}

/** A product as one of its keys names it. */
export interface KeyedProduct {
  readonly account: string;
  readonly product: string;
  /** The number in its DSNs. */
  readonly dsnId: number;
  readonly keyId: number;
  readonly enabled: boolean;
  /** Events a minute that this key may bring; null: no limit. */
  readonly perMinute: number | null;
  readonly rules: ClientRules;
  /** Absent: the product has decided nothing about its data. */
  readonly dataRules?: DataRules;
}

/**
 * What became of something that is no report. `discarded`: a kind that Mayday does not keep; `filtered`: left out by a filter
 * of the product; `limited`: over the limit of its key; `refused`: damaged or too large; `lost`: the client said that it lost it.
 */
export const CLIENT_FATES = ['discarded', 'filtered', 'limited', 'refused', 'lost'] as const;
export type ClientFate = (typeof CLIENT_FATES)[number];

/** A number of such things. */
export interface ClientCount {
  readonly fate: ClientFate;
  readonly kind: string;
  readonly reason: string;
  readonly sdk: string;
  readonly count: number;
}
