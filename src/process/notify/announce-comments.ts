// From comments on bugs to the outbox. A process that dies between the two steps tells them again, and the outbox drops what it has.
import { pictureOf } from '../../store/notice-payload.ts';
import { anybody, OLD_NEWS_MS, readWishes } from './announce-pending.ts';
import type { TellOptions } from './announce-pending.ts';
import { matchingBugs } from './matching-bugs.ts';
import { planMessages } from './notice-plan.ts';
import type { Message } from './notice-plan.ts';

/** One pass; true: there may be more. */
export async function announceComments(options: TellOptions): Promise<boolean> {
  const { store, now } = options;
  const pending = await store.notifications.pendingComments();
  if (pending === null) return false;
  const wishes = await readWishes(options);
  const messages: Message[] = [];
  for (const { id, bugId, at, by, text } of anybody(wishes) ? pending.comments : []) {
    if (now() - at > OLD_NEWS_MS) continue;
    const survivor = await store.bugs.resolveBug(bugId);
    const bug = survivor === null ? null : await store.bugs.getBug(survivor);
    if (bug === null) continue;
    const { messages: rule } = await store.bugs.productRules(bug.account, bug.product);
    const matches = await matchingBugs(store, [bug], {
      wishes,
      now: now(),
      publicAnnotations: options.publicAnnotations,
    });
    const notice = {
      notice: 'comment',
      at,
      bug: pictureOf(bug),
      spike: null,
      comment: { id, by, text },
    } as const;
    messages.push(
      ...planMessages(notice, wishes, {
        now: now(),
        mail: options.mail,
        mailDue: (address, when) => options.spacing.dueFor(address, when),
        protectsMessages: rule === 'protected',
        pendingId: id,
        isTold: (onceKey) => options.memory.has(onceKey),
        matches,
      }),
    );
  }
  if (messages.length > 0) {
    await store.notifications.enqueue(messages);
    for (const { channel, notice, onceKey } of messages) {
      options.metrics.notices.inc({ channel, notice });
      options.memory.add(onceKey);
    }
    options.enqueued();
  }
  await store.notifications.commentsTold(pending.until);
  return true;
}
