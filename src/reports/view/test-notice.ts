// What the test buttons do: a message into the outbox, which goes the way of all others.
import { writePayload } from '../../store/notice-payload.ts';
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
