// The fields of a new API token, of a person or of an account, and what a token may in words.
import { html } from 'hono/html';
import type { ApiToken, Product, TokenScope } from '../../../store/people.ts';
import { isAtLeast } from '../../../store/rights.ts';
import type { Person } from '../../auth/person.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Form, Html } from '../page.ts';
import { checkbox, select } from './form-controls.ts';
import { readScope, scopeValue } from './notification-choices.ts';

/** Choices that stand for a role with those below it, or for one thing alone. */
const MAY: Readonly<Record<string, { readonly label: string; readonly scopes: readonly TokenScope[] }>> = {
  read: { label: 'read', scopes: ['read'] },
  triage: {
    label: 'triage: read, change bugs and reports, upload symbols',
    scopes: ['read', 'triage', 'symbols'],
  },
  admin: { label: 'admin: everything', scopes: ['read', 'triage', 'symbols', 'admin'] },
  symbols: { label: 'upload symbols and source maps, nothing else', scopes: ['symbols'] },
  send: { label: 'send reports, nothing else', scopes: ['send'] },
};

/** What the person could give to a token. */
export function scopeFields({ role, rights }: Person): Html {
  const all = rights.accounts.flatMap(({ everyProduct, products }) => [everyProduct, ...products.values()]);
  const choices = Object.entries(MAY).filter(([value]) =>
    value === 'read' || value === 'send' ? true : isAtLeast(role, value === 'admin' ? 'admin' : 'triage'),
  );
  return html`${select({ name: 'role', label: 'It may', value: 'read', choices: choices.map(([value, { label }]) => ({ value, label })) })}
  ${all.some((right) => right?.seesProtected === true) ? checkbox({ name: 'seesProtected', label: 'May see protected data' }) : null}
  ${all.some((right) => right?.seesDumps === true) ? checkbox({ name: 'seesDumps', label: 'May see attachments and dumps' }) : null}`;
}

export function scopesOfForm(form: Form): readonly TokenScope[] {
  const scopes = MAY[form.text('role')]?.scopes ?? [];
  const reads = scopes.includes('read');
  return [
    ...scopes,
    ...(reads && form.checked('seesProtected') ? (['protected'] as const) : []),
    ...(reads && form.checked('seesDumps') ? (['dumps'] as const) : []),
  ];
}

/** Which product it is for; the first choice is all of them. */
export function productField(products: readonly Product[]): Html {
  return select({
    name: 'only',
    label: 'For',
    value: '',
    choices: [
      { value: '', label: 'every product' },
      ...products.map(({ account, name }) => ({
        value: scopeValue(account, name),
        label: excerpt(`${account} / ${name}`, 120).text,
      })),
    ],
  });
}

/** Null: every product. */
export function productOfForm(form: Form): readonly unknown[] | null {
  return form.text('only') === '' ? null : [readScope(form.text('only'))];
}

/** "read, protected; only default / Shop". */
export function tokenWords({ scopes, products }: ApiToken): string {
  const places = products?.map(({ account, product }) => excerpt(`${account} / ${product}`, 80).text) ?? [];
  return (
    scopes.join(', ') + (products === null ? '' : `; only ${places.join(', ') || 'products that are gone'}`)
  );
}
