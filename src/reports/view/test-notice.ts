// What the test buttons do: a message into the outbox, which goes the way of all others.
import { writePayload } from '../../store/notice-payload.ts';
import type { AlertRule } from '../../store/alerts.ts';
import type { Delivery } from '../../store/notifications.ts';
import type { Person } from '../auth/person.ts';
import type { ReportsContext } from '../reports-context.ts';
import { nameOf } from './bug-change.ts';

/** Puts a test message into the outbox. */
export async function enqueueTest(
  { store, now }: ReportsContext,
  person: Person,
  to: Pick<Delivery, 'channel' | 'target'>,
): Promise<void> {
  const at = now();
  const payload = writePayload({ notice: 'test', at, by: nameOf(person), quietHours: null });
  await store.notifications.enqueue([
    { ...to, notice: 'test', bugId: null, payload, dueAt: at, onceKey: null },
  ]);
}

/** Puts a test message for every target of an alert rule into the outbox. */
export async function testAlertTargets(
  context: ReportsContext,
  person: Person,
  { targets }: Pick<AlertRule, 'targets'>,
): Promise<void> {
  for (const target of targets) {
    if (target.kind === 'webhook') {
      await enqueueTest(context, person, { channel: 'webhook', target: String(target.webhookId) });
      continue;
    }
    const user = context.mail ? await context.store.people.userById(target.userId) : null;
    if (user !== null) await enqueueTest(context, person, { channel: 'mail', target: user.email });
  }
}
