// What machines ask: /healthz (is it up, can it read its store, and could a report be stored) and /metrics (Prometheus).
import type { Context, Hono } from 'hono';
import { REPORT_STATES } from '../../report/report.ts';
import { personByBearer } from '../auth/bearer.ts';
import { isKnownHost } from '../auth/known-host.ts';
import { isLoopback } from '../auth/peer-network.ts';
import { allows } from '../auth/person.ts';
import { StorageError } from '../../store/intake.ts';
import type { ReportsContext } from '../reports-context.ts';

/** Whoever asks more often gets the last answer: each check writes to the disk. */
const CHECK_MS = 1000;

function atMostEvery(intervalMs: number, work: () => Promise<void>): () => Promise<void> {
  let last: { readonly at: number; readonly done: Promise<void> } | null = null;
  return () => {
    const at = performance.now();
    if (last === null || at - last.at > intervalMs) last = { at, done: work() };
    return last.done;
  };
}

/** Adds both routes. */
export function addProbes(app: Hono, context: ReportsContext): void {
  const checkStore = atMostEvery(CHECK_MS, () => context.store.intake.check());
  app.get('/healthz', async (c) => {
    try {
      await context.store.people.userCount();
      await checkStore();
      return c.json({ status: 'ok', version: context.version.version });
    } catch (error) {
      // Space is for a person to find; pages are served, and a restart would help nobody.
      if (error instanceof StorageError && error.reason === 'full') {
        return c.json({ status: 'full', version: context.version.version });
      }
      context.log.error({ err: error }, 'the store cannot be read');
      return c.json({ status: 'failing', failing: ['store'] }, 503);
    }
  });
  app.get('/metrics', async (c) => {
    if (!(await mayScrape(c, context))) {
      return c.text(
        'Metrics are for this machine, or for a request with "Authorization: Bearer <API token>".\n',
        401,
        {
          'WWW-Authenticate': 'Bearer',
        },
      );
    }
    await refreshGauges(context);
    const { registry } = context.metrics;
    return c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
  });
}

/** A proxy on this machine is a loopback peer too; it gives itself away by X-Forwarded-For. */
async function mayScrape(c: Context, context: ReportsContext): Promise<boolean> {
  if (isLoopback(c) && c.req.header('x-forwarded-for') === undefined && isKnownHost(c, context)) return true;
  return allows('whole', await personByBearer(context, c.req.header('authorization')));
}

async function refreshGauges(context: ReportsContext): Promise<void> {
  const [status, symbols] = await Promise.all([context.store.reports.status(), context.symbols.totals()]);
  const { metrics } = context;
  metrics.symbolFiles.set(symbols.files);
  metrics.symbolBytes.set(symbols.bytes);
  for (const state of REPORT_STATES) metrics.reports.set({ state }, status.reportsByState[state]);
  metrics.storeUsedBytes.set(status.usedBytes);
  metrics.storeLimitBytes.set(status.limitBytes);
  if (status.diskFreeBytes !== null) metrics.diskFreeBytes.set(status.diskFreeBytes);
}
