// The metrics of Mayday, in one table; docs/metrics.md is compared with it by a test.
// Names follow the Prometheus conventions; labels never hold text from a client beyond the closed vocabularies.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** All metrics of one process, on a registry of their own so that tests do not share counts. */
export interface Metrics {
  readonly registry: Registry;
  readonly submissions: Counter<'protocol' | 'outcome'>;
  readonly refused: Counter<'protocol' | 'reason'>;
  readonly receivedBytes: Counter<'protocol'>;
  readonly submissionSeconds: Histogram<'protocol'>;
  readonly uploadsInFlight: Gauge;
  readonly commitBatchSize: Histogram;
  readonly commitSeconds: Histogram;
  readonly prunedReports: Counter;
  readonly droppedParts: Counter<'what'>;
  readonly notices: Counter<'channel' | 'notice'>;
  readonly deliveries: Counter<'channel' | 'outcome'>;
  readonly alerts: Counter<'what'>;
  readonly alertEvaluations: Counter;
  readonly alertProblems: Counter;
  readonly alertsBehindSeconds: Gauge;
  readonly trackerMessages: Counter<'outcome'>;
  readonly reports: Gauge<'state'>;
  readonly storeUsedBytes: Gauge;
  readonly storeLimitBytes: Gauge;
  readonly diskFreeBytes: Gauge;
  readonly processed: Counter<'status' | 'kind'>;
  readonly processSeconds: Histogram;
  readonly processThreadsEnded: Counter;
  readonly queue: Gauge<'state'>;
  readonly queueOldestSeconds: Gauge;
  readonly limitedRequests: Counter<'of'>;
  readonly symbolUploads: Counter<'endpoint' | 'outcome'>;
  readonly symbolLookups: Counter<'result'>;
  readonly symbolFiles: Gauge;
  readonly symbolBytes: Gauge;
  readonly symbolIndexesLeft: Gauge;
}

/** Every metric with its sentence; the names are permanent. */
export const METRIC_TABLE = {
  mayday_submissions_total:
    'Submissions by protocol and outcome (stored, duplicate, throttled, refused, answered).',
  mayday_refused_total: 'Submissions turned away, by protocol and reason of the closed vocabulary.',
  mayday_received_bytes_total: 'Decoded body bytes received, by protocol.',
  mayday_submission_seconds: 'Time from the request head to the answer, by protocol.',
  mayday_uploads_in_flight: 'Uploads whose body or commit is under way.',
  mayday_commit_batch_size: 'Reports in one group commit.',
  mayday_commit_seconds: 'Time of one group commit, fsync included.',
  mayday_pruned_reports_total: 'Reports removed by size or age.',
  mayday_dropped_parts_total: 'Reports that lost dumps or protected annotations before they went themselves.',
  mayday_notices_total: 'Notifications put into the outbox, by channel (mail, webhook) and notice.',
  mayday_deliveries_total:
    'Attempts to deliver notifications, by channel and outcome (delivered, delayed, given_up).',
  mayday_alerts_total: 'Firings of alert rules and their ends (fired, ended), told or not.',
  mayday_alert_evaluations_total: 'Evaluations of alert rules.',
  mayday_alert_problems_total:
    'Evaluations that the search of a rule did not allow; the page of the rule says why.',
  mayday_alerts_behind_seconds: 'How far the newest evaluation of alert rules is behind.',
  mayday_tracker_messages_total:
    'Attempts to tell issue trackers of closed and reopened bugs, by outcome (done, delayed, given_up).',
  mayday_reports: 'Stored reports by processing state.',
  mayday_store_used_bytes: 'Disk space that counts against MAX_REPORTS_SIZE_MB.',
  mayday_store_limit_bytes: 'MAX_REPORTS_SIZE_MB in bytes.',
  mayday_disk_free_bytes: 'Free space of the file system that holds the store.',
  mayday_processed_total:
    'Tries to process a report, by status (processed, unprocessable, failed, lost) and kind of its first crash.',
  mayday_process_seconds: 'Time from lease to filed report.',
  mayday_process_threads_ended_total: 'Processing threads that a report ended (time, memory, or a fault).',
  mayday_queue: 'Reports in the queue by state (queued, leased, failed, deferred).',
  mayday_queue_oldest_seconds: 'How long the oldest report that is due has waited.',
  mayday_limited_requests_total:
    'Requests to the reports server beyond REPORTS_REQUESTS_PER_MINUTE, by whose limit it was (sign_in, network).',
  mayday_symbol_uploads_total:
    'Symbol files by the endpoint that they came through and outcome (stored, duplicate, skipped, refused).',
  mayday_symbol_lookups_total: 'Modules that were looked up, by result (found, missing, upstream).',
  mayday_symbol_files: 'Stored symbol files.',
  mayday_symbol_bytes: 'Disk space of the stored symbols, indexes included.',
  mayday_symbol_indexes_left:
    'Indexes of symbols that another version wrote and that are still to be made anew.',
} as const;

/** Fresh metrics. `processMetrics` adds the usual ones of a Node process. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const describe = <N extends keyof typeof METRIC_TABLE>(name: N) => ({
    name,
    help: METRIC_TABLE[name],
    registers: [registry],
  });
  return {
    registry,
    submissions: new Counter({
      ...describe('mayday_submissions_total'),
      labelNames: ['protocol', 'outcome'],
    }),
    refused: new Counter({ ...describe('mayday_refused_total'), labelNames: ['protocol', 'reason'] }),
    receivedBytes: new Counter({ ...describe('mayday_received_bytes_total'), labelNames: ['protocol'] }),
    submissionSeconds: new Histogram({
      ...describe('mayday_submission_seconds'),
      labelNames: ['protocol'],
      buckets: SECONDS,
    }),
    uploadsInFlight: new Gauge(describe('mayday_uploads_in_flight')),
    commitBatchSize: new Histogram({
      ...describe('mayday_commit_batch_size'),
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    }),
    commitSeconds: new Histogram({ ...describe('mayday_commit_seconds'), buckets: SECONDS }),
    prunedReports: new Counter(describe('mayday_pruned_reports_total')),
    droppedParts: new Counter({ ...describe('mayday_dropped_parts_total'), labelNames: ['what'] }),
    notices: new Counter({ ...describe('mayday_notices_total'), labelNames: ['channel', 'notice'] }),
    deliveries: new Counter({ ...describe('mayday_deliveries_total'), labelNames: ['channel', 'outcome'] }),
    alerts: new Counter({ ...describe('mayday_alerts_total'), labelNames: ['what'] }),
    alertEvaluations: new Counter(describe('mayday_alert_evaluations_total')),
    alertProblems: new Counter(describe('mayday_alert_problems_total')),
    alertsBehindSeconds: new Gauge(describe('mayday_alerts_behind_seconds')),
    trackerMessages: new Counter({
      ...describe('mayday_tracker_messages_total'),
      labelNames: ['outcome'],
    }),
    reports: new Gauge({ ...describe('mayday_reports'), labelNames: ['state'] }),
    storeUsedBytes: new Gauge(describe('mayday_store_used_bytes')),
    storeLimitBytes: new Gauge(describe('mayday_store_limit_bytes')),
    diskFreeBytes: new Gauge(describe('mayday_disk_free_bytes')),
    processed: new Counter({ ...describe('mayday_processed_total'), labelNames: ['status', 'kind'] }),
    processSeconds: new Histogram({ ...describe('mayday_process_seconds'), buckets: SECONDS }),
    processThreadsEnded: new Counter(describe('mayday_process_threads_ended_total')),
    queue: new Gauge({ ...describe('mayday_queue'), labelNames: ['state'] }),
    queueOldestSeconds: new Gauge(describe('mayday_queue_oldest_seconds')),
    limitedRequests: new Counter({ ...describe('mayday_limited_requests_total'), labelNames: ['of'] }),
    symbolUploads: new Counter({
      ...describe('mayday_symbol_uploads_total'),
      labelNames: ['endpoint', 'outcome'],
    }),
    symbolLookups: new Counter({ ...describe('mayday_symbol_lookups_total'), labelNames: ['result'] }),
    symbolFiles: new Gauge(describe('mayday_symbol_files')),
    symbolBytes: new Gauge(describe('mayday_symbol_bytes')),
    symbolIndexesLeft: new Gauge(describe('mayday_symbol_indexes_left')),
  };
}
