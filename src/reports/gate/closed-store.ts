// The store as pages and API operations have it: everything but what gives words that a client sent. Those are read through the
// gate alone, which knows who asks; a page that tries to go around it does not compile.
import type { AlertStore } from '../../store/alerts.ts';
import type { BugStore } from '../../store/bugs.ts';
import type { SearchStore } from '../../store/crash-search.ts';
import type { IntakeStore } from '../../store/intake.ts';
import type { QueueStore } from '../../store/queue.ts';
import type { ReportStore } from '../../store/reports.ts';
import type { ReleaseStore } from '../../store/releases.ts';
import type { Store } from '../../store/store.ts';

/** What changes and counts, and gives nothing that came with a report. */
export interface ClosedStore extends Pick<
  Store,
  | 'people'
  | 'audit'
  | 'erasures'
  | 'symbols'
  | 'notifications'
  | 'tickets'
  | 'clientKeys'
  | 'sessions'
  | 'bulk'
> {
  readonly releases: Pick<ReleaseStore, 'note' | 'deployed' | 'forget' | 'madeFor'>;
  readonly search: Pick<SearchStore, 'saveSearch' | 'deleteSearch'>;
  readonly alerts: Pick<
    AlertStore,
    'listRules' | 'getRule' | 'createRule' | 'changeRule' | 'deleteRule' | 'listLog' | 'deliveriesOf'
  >;
  readonly reports: Pick<ReportStore, 'deleteReport' | 'pinReport' | 'requeueReport' | 'status'>;
  readonly bugs: Pick<
    BugStore,
    | 'resolveBug'
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
  readonly queue: Pick<QueueStore, 'counts' | 'setPaused' | 'findForReprocess' | 'requeue'>;
}
