// The fields that subscriptions and webhooks share: which notices, of which product.
import { html } from 'hono/html';
import { NOTICES } from '../../../store/notifications.ts';
import type { Notice } from '../../../store/notifications.ts';
import type { SeenSettings } from '../../gate/seen-settings.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Form, Html } from '../page.ts';
import { checkbox, select } from './form-controls.ts';

const LABELS: Readonly<Record<Notice, string>> = {
  new: 'New bugs',
  reopened: 'Reopened bugs',
  recurring: 'Bugs that still crash, once a day for each at most',
  spike: 'Spikes: far more crashes today than the bug usually has',
  comment: 'Comments of others on bugs',
};

/** The fields. Before a choice was made, new and reopened bugs are ticked. */
export async function notificationChoices(
  settings: SeenSettings,
  chosen: {
    readonly account: string;
    readonly product: string | null;
    readonly notices: readonly Notice[];
  } | null,
): Promise<Html> {
  const notices: readonly Notice[] = chosen?.notices ?? ['new', 'reopened'];
  return html`${select({
    name: 'scope',
    label: 'Product',
    value: scopeValue(chosen?.account ?? settings.accounts()[0] ?? 'default', chosen?.product ?? null),
    choices: await scopeChoices(settings, 'every product'),
  })}
    <fieldset>
      <legend>Tell of</legend>
      ${NOTICES.map((notice) => checkbox({ name: `notice-${notice}`, label: LABELS[notice], checked: notices.includes(notice) }))}
    </fieldset>`;
}

/** What a choice of products offers; `all` says what stands for all of them. */
export async function scopeChoices(
  settings: SeenSettings,
  all: string,
): Promise<readonly { readonly value: string; readonly label: string }[]> {
  const [accounts, products] = [settings.accounts(), await settings.products()];
  const several = accounts.length > 1;
  return [
    ...accounts.map((account) => ({
      value: scopeValue(account, null),
      label: several ? `${all} of ${account}` : all,
    })),
    ...products.map(({ account, name }) => ({
      value: scopeValue(account, name),
      label: excerpt(several ? `${account} / ${name}` : name, 120).text,
    })),
  ];
}

/** What a choice of products says, unchecked. */
export function readScope(value: string): { readonly account: string; readonly product: string | null } {
  const [account = '', product = ''] = value.split('/').map(decoded);
  return { account, product: product === '' ? null : product };
}

/** What the fields say, unchecked. */
export function readChoices(form: Form): Readonly<Record<string, unknown>> {
  return {
    ...readScope(form.text('scope')),
    notices: NOTICES.filter((notice) => form.checked(`notice-${notice}`)),
  };
}

/** An account and a product in one value. */
export function scopeValue(account: string, product: string | null): string {
  return `${encodeURIComponent(account)}/${encodeURIComponent(product ?? '')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** The product of a wish in words. */
export function scopeWords({
  account,
  product,
}: {
  readonly account: string;
  readonly product: string | null;
}): string {
  if (product !== null) return excerpt(product, 120).text;
  return account === 'default' ? 'every product' : `every product of ${account}`;
}

/** The notices of a wish in words. */
export function noticeWords(notices: readonly Notice[]): string {
  const words = {
    new: 'new',
    reopened: 'reopened',
    recurring: 'still crashing',
    spike: 'spikes',
    comment: 'comments',
  } as const;
  return NOTICES.filter((notice) => notices.includes(notice))
    .map((notice) => words[notice])
    .join(', ');
}
