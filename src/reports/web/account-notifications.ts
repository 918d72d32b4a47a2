// The section "Notifications" of the account page: what one is told of by mail, and when not.
import { html } from 'hono/html';
import type { Subscription } from '../../store/notifications.ts';
import type { User } from '../../store/people.ts';
import { excerpt } from '../view/excerpt.ts';
import { checkSubscription, MAX_SUBSCRIPTIONS } from '../view/notification-wish.ts';
import { enqueueTest } from '../view/test-notice.ts';
import { faultBox, field, form, select } from './components/form-controls.ts';
import {
  notificationChoices,
  noticeWords,
  readChoices,
  scopeWords,
} from './components/notification-choices.ts';
import { table } from './components/table.ts';
import { nothing } from './components/value-table.ts';
import type { Form, Html, MemberRequest } from './page.ts';
import { PageError } from './page.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: clock(hour),
}));
const NO_QUIET = { value: '', label: 'none' };

/** Saves what the form asks for; gives what is wrong with it, or null. */
export async function saveSubscription(
  request: MemberRequest,
  user: User,
  form: Form,
): Promise<string | null> {
  const { notifications } = request.context.store;
  const [from, to] = [form.text('quiet-from'), form.text('quiet-to')];
  const quietHours = from === '' && to === '' ? null : { from: hourOf(from), to: hourOf(to) };
  const checked = await checkSubscription(
    { ...readChoices(form), quietHours, search: form.text('search') },
    request.seen,
  );
  if (!checked.ok) return checked.fault;
  if ((await notifications.listSubscriptions(user.id)).length >= MAX_SUBSCRIPTIONS) {
    return `You have ${MAX_SUBSCRIPTIONS} entries; remove one.`;
  }
  await notifications.saveSubscription({ ...checked.value, userId: user.id });
  return null;
}

/** Removes an entry. */
export async function removeSubscription(request: MemberRequest, user: User, form: Form): Promise<void> {
  const id = Number(form.text('id'));
  const { notifications } = request.context.store;
  if (!Number.isSafeInteger(id) || !(await notifications.deleteSubscription(user.id, id))) {
    throw new PageError(404, 'You have no such entry.', 'Go back to your account.');
  }
}

/** Puts a test mail on its way. */
export async function sendTestMail(request: MemberRequest, user: User): Promise<void> {
  if (!request.context.mail) throw new PageError(400, 'There is no mail server.', 'Set SMTP_URL.');
  await enqueueTest(request.context, request.person, { channel: 'mail', target: user.email });
}

/** The section. */
export async function notificationSection(
  request: MemberRequest,
  user: User,
  fault: string | null,
): Promise<Html> {
  const { context, csrf } = request;
  const wishes = await context.store.notifications.listSubscriptions(user.id);
  return html`<section aria-labelledby="notifications">
    <h2 id="notifications">Notifications</h2>
    ${context.mail ? null : html`<p class="quiet">This server sends no mail yet: the setting SMTP_URL names none to send it through.</p>`}
    ${wishes.length === 0 ? html`<p class="quiet">You are told of nothing.</p>` : wishTable(wishes, csrf)}
    ${context.mail ? form({ to: '/account', action: 'test-mail', csrf }, html`<button>Send a test mail to ${user.email}</button>`) : null}
    <details ${fault === null ? null : html` open`}>
      <summary>Add or change</summary>
      ${faultBox(fault)}
      ${form(
        { to: '/account', action: 'subscribe', csrf },
        html`${await notificationChoices(request.seen.settings, null)}
          ${select({ name: 'quiet-from', label: 'No mail from (UTC)', value: '', choices: [NO_QUIET, ...HOURS] })}
          ${select({ name: 'quiet-to', label: 'until (UTC)', value: '', choices: [NO_QUIET, ...HOURS] })}
          ${field({
            name: 'search',
            label: 'Only bugs that match a search',
            value: '',
            maxLength: 3000,
            placeholder: 'version:>=2.1 platform:windows',
            hint: 'A crash of the last day must match. Empty: every bug.',
          })}
          <p class="hint">
            What is saved for a product replaces what you had for it, and stands above what you chose for
            every product.
          </p>
          <button>Save</button>`,
      )}
    </details>
  </section>`;
}

function wishTable(wishes: readonly Subscription[], csrf: string): Html {
  return table({
    caption: 'What you are told of by mail',
    rows: wishes,
    columns: [
      { label: 'Product', cell: scopeWords },
      { label: 'Told of', cell: ({ notices }) => noticeWords(notices) },
      {
        label: 'Matching',
        cell: ({ search = null }) => (search === null ? nothing : excerpt(search, 200).text),
      },
      {
        label: 'No mail',
        cell: ({ quietHours }) =>
          quietHours === null ? nothing : `${clock(quietHours.from)} to ${clock(quietHours.to)} UTC`,
      },
      {
        label: 'Remove',
        cell: (wish) =>
          form(
            { to: '/account', action: 'unsubscribe', csrf, className: 'inline' },
            html`<input type="hidden" name="id" value="${wish.id}" /><button
                aria-label="Remove ${scopeWords(wish)}"
              >
                Remove
              </button>`,
          ),
      },
    ],
  });
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

function hourOf(text: string): number {
  return text === '' ? Number.NaN : Number(text);
}
