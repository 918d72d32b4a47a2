// The store as pages and API operations have it: everything but what gives words that a client sent, and what belongs to an account. Those
// are read through the gate alone, which knows who asks; a page that tries to go around it does not compile.
import type { BugStore } from '../../store/bugs.ts';
import type { ClientKeyStore } from '../../store/client-keys.ts';
import type { SearchStore } from '../../store/crash-search.ts';
import type { IntakeStore } from '../../store/intake.ts';
import type { NotificationStore } from '../../store/notifications.ts';
import type { PeopleStore } from '../../store/people.ts';
import type { QueueStore } from '../../store/queue.ts';
import type { ReportStore } from '../../store/reports.ts';
import type { ReleaseStore } from '../../store/releases.ts';
import type { Store } from '../../store/store.ts';

/** What changes and counts, and gives nothing that came with a report; what names a product is given one that the gate gave. */
export interface ClosedStore extends Pick<Store, 'accounts' | 'audit' | 'erasures' | 'tickets' | 'sessions'> {
  readonly people: Omit<PeopleStore, 'listUsers' | 'listProducts' | 'getProduct' | 'createProductByHand'>;
  readonly notifications: Pick<
    NotificationStore,
    'listSubscriptions' | 'saveSubscription' | 'deleteSubscription' | 'enqueue'
  >;
  readonly clientKeys: Omit<ClientKeyStore, 'counts'> & {
    counts(
      of: Parameters<ClientKeyStore['counts']>[0] & { readonly account: string; readonly product: string },
    ): ReturnType<ClientKeyStore['counts']>;
  };
  readonly releases: Pick<ReleaseStore, 'note' | 'deployed' | 'forget' | 'madeFor'>;
  readonly search: Pick<SearchStore, 'saveSearch' | 'deleteSearch'>;
  readonly reports: Pick<ReportStore, 'deleteReport' | 'pinReport' | 'requeueReport' | 'status'>;
  readonly bugs: Pick<
    BugStore,
    | 'closeBug'
    | 'reopenBug'
    | 'ignoreBug'
    | 'assignBug'
    | 'setTicket'
    | 'commentBug'
    | 'mergeBugs'
    | 'unmergeBug'
    | 'packagesOf'
    | 'splitCase'
    | 'moveReport'
    | 'previousProductRules'
    | 'productRules'
    | 'setProductRules'
  >;
  readonly intake: Pick<IntakeStore, 'check'>;
  readonly queue: Pick<QueueStore, 'counts' | 'setPaused' | 'requeue'>;
}
