// OIDC_PROVIDERS: who else says who people are. A list of objects; every field is checked, and an unknown one refused.
import type { ProviderSettings } from '../reports/sign-in-provider.ts';
import { ROLES } from '../store/rights.ts';
import type { ProductRight } from '../store/rights.ts';
import type { Parsed } from './setting.ts';

const MAX_PROVIDERS = 10;
/** Pairs of a group and a team. */
const MAX_TEAMS = 1000;
const FIELDS = new Set([
  ...[
    'id',
    'name',
    'issuer',
    'clientId',
    'clientSecret',
    'scope',
    'domains',
    'create',
    'role',
    'seesProtected',
    'seesDumps',
    'account',
  ],
  ...['groupsClaim', 'groups', 'teams', 'privateHosts', 'needsAuthTime'],
]);

const wrong = (sentence: string): Parsed<readonly ProviderSettings[]> => ({ ok: false, wrong: sentence });

/** The providers of the setting. */
export function checkProviders(raw: unknown): Parsed<readonly ProviderSettings[]> {
  if (!Array.isArray(raw) || raw.length > MAX_PROVIDERS) {
    return wrong(`is not a list of at most ${MAX_PROVIDERS} providers`);
  }
  const providers: ProviderSettings[] = [];
  for (const given of raw as readonly unknown[]) {
    const provider = readProvider(given);
    if (typeof provider === 'string') return wrong(`has a provider ${provider}`);
    if (providers.some(({ id }) => id === provider.id)) return wrong(`has the id ${provider.id} twice`);
    providers.push(provider);
  }
  return { ok: true, value: providers };
}

/** The provider, or what is wrong with it. */
function readProvider(given: unknown): ProviderSettings | string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'that is no object';
  const fields = given as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) return `with the unknown field ${unknown}`;
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  const id = text('id');
  if (!/^[a-z0-9-]{1,40}$/.test(id)) return 'whose "id" is not of small letters, digits and hyphens';
  const issuer = text('issuer');
  if (!/^https?:\/\/[^\s?#]+$/.test(issuer) || !URL.canParse(issuer)) return `${id} whose "issuer" is no URL`;
  if (text('clientId') === '') return `${id} without "clientId"`;
  const right = readRight({ role: 'read', ...fields });
  if (right === null) return `${id} whose "role" is none of ${ROLES.join(', ')}`;
  const words = (name: string): readonly string[] | null => {
    const value = fields[name] ?? [];
    return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')
      ? (value as readonly string[])
      : null;
  };
  const [domains, privateHosts] = [words('domains'), words('privateHosts')];
  if (domains === null || privateHosts === null)
    return `${id} whose "domains" or "privateHosts" is no list of texts`;
  const groups = fields['groups'] ?? [];
  if (!Array.isArray(groups)) return `${id} whose "groups" is no list`;
  const rights: ProviderSettings['groups'][number][] = [];
  for (const entry of groups as readonly unknown[]) {
    const about = (entry ?? {}) as Readonly<Record<string, unknown>>;
    const [group, known] = [about['group'], readRight(about)];
    if (typeof group !== 'string' || group === '' || known === null) {
      return `${id} with an entry of "groups" that has no "group", or whose "role" is none of ${ROLES.join(', ')}`;
    }
    rights.push({ group, right: known });
  }
  const teams = readTeams(fields['teams'] ?? []);
  if (teams === null)
    return `${id} whose "teams" is no list of at most ${MAX_TEAMS} objects with a "group" and a "team"`;
  return {
    ...{
      id,
      name: text('name') || id,
      issuer,
      clientId: text('clientId'),
      clientSecret: text('clientSecret'),
    },
    ...{
      scope: text('scope') || 'openid email profile',
      account: text('account') || 'default',
      right,
      needsAuthTime: fields['needsAuthTime'] === true,
    },
    ...{ domains: domains.map((domain) => domain.toLowerCase()), create: fields['create'] === true },
    ...{ groupsClaim: text('groupsClaim') || 'groups', groups: rights, teams, privateHosts },
  };
}

/** Null: not what it should be. */
function readTeams(given: unknown): ProviderSettings['teams'] | null {
  if (!Array.isArray(given) || given.length > MAX_TEAMS) return null;
  const teams = (given as readonly unknown[]).map((entry) => {
    const { group, team, ...others } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof group !== 'string' || typeof team !== 'string' || Object.keys(others).length > 0) return null;
    return group.trim() === '' || team.trim() === '' ? null : { group, team };
  });
  return teams.every((pair) => pair !== null) ? teams : null;
}

/** `write` is what `triage` was called; dumps went with protected data then, and do where nothing else is said. */
function readRight(fields: Readonly<Record<string, unknown>>): ProductRight | null {
  const { role: named, seesProtected, seesDumps = seesProtected } = fields;
  const role = ROLES.find((one) => one === (named === 'write' ? 'triage' : named));
  if (role === undefined) return null;
  return { role, seesProtected: seesProtected === true, seesDumps: seesDumps === true };
}
