// What the address of a request is about: the account, the product, the product of a report or of a bug that it names. Found once, before
// the page or the operation runs, so that none of them can forget whose it is.
import type { Place } from '../../store/rights.ts';
import type { Gate } from '../gate/gate.ts';
import { readBugId } from '../view/bug-change.ts';
import { readCrashId } from '../view/crash-id-text.ts';
import { allows, at } from '../auth/person.ts';
import type { Access, Person } from '../auth/person.ts';

/** What was asked for and is not there, or not for whoever asks: the two are told apart nowhere. */
export type Missing = 'account' | 'product' | 'report' | 'bug';

/** The person as they stand to what the address names. */
export async function atRoute(
  gate: Gate,
  person: Person,
  params: Readonly<Record<string, string>>,
): Promise<{ readonly person: Person } | { readonly missing: Missing }> {
  const named = kindOf(params);
  if (named === null) return { person };
  const place = await placeOf(gate, named, params);
  // The page or the operation says what is wrong with a text that names nothing at all.
  if (place === 'unreadable') return { person };
  if (place === null || !mayKnow(person, place)) return { missing: named };
  return { person: at(person, place) };
}

/**
 * Whether a person may use a route at one place at least. Asked before what the address names is looked up: whoever may do a thing
 * nowhere hears the same of what is there and of what is not.
 */
export function allowsSomewhere(access: Access, person: Person): boolean {
  if (access !== 'protected' && access !== 'dumps') return allows(access, person);
  const rights = person.rights.accounts.flatMap(({ everyProduct, products }) => [
    ...(everyProduct === null ? [] : [everyProduct]),
    ...products.values(),
  ]);
  const has = access === 'dumps' ? 'seesDumps' : 'seesProtected';
  return person.reads && rights.some((right) => right[has]);
}

/** Members know that an account is there, and readers that a product is; administrators of the installation know all accounts. */
function mayKnow({ rights, isInstallationAdmin }: Person, place: Place): boolean {
  return place.product === null
    ? isInstallationAdmin || rights.isMemberOf(place.account)
    : rights.of(place) !== null;
}

function kindOf(params: Readonly<Record<string, string>>): Missing | null {
  if (params['crash_id'] !== undefined) return 'report';
  if (params['bug'] !== undefined) return 'bug';
  if (params['account'] === undefined) return null;
  return params['product'] === undefined ? 'account' : 'product';
}

async function placeOf(
  gate: Gate,
  named: Missing,
  { account = '', product = '', crash_id: crashId = '', bug = '' }: Readonly<Record<string, string>>,
): Promise<Place | null | 'unreadable'> {
  switch (named) {
    case 'account':
      return { account, product: null };
    case 'product':
      // Whether it exists is for the page: one may tell how to send a first report.
      return { account, product };
    case 'report': {
      const id = readCrashId(crashId);
      return id === null ? 'unreadable' : gate.productOfReport(id);
    }
    default: {
      const id = readBugId(bug);
      return id === null ? 'unreadable' : gate.productOfBug(id);
    }
  }
}
