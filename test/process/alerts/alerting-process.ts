// Evaluates alert rules and delivers what they tell, in a process of its own on a clock that stands still.
// Arguments: the folder of the store, and what the clock shows (milliseconds since 1970).
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { startNotifier } from '../../../src/process/notify/start-notifying.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { storeOptions } from '../../store/embedded/open-store.ts';

const [dir = '', clock = '0'] = process.argv.slice(2);
const now = (): number => Number(clock);
const store = await openEmbeddedStore({ ...storeOptions(dir), now });
startNotifier({
  ...{ store, log: createLog('silent'), metrics: createMetrics(), smtpUrl: null, mailFrom: 'm@example.org' },
  ...{ mailSpacingMs: 0, reportsUrl: 'https://mayday.example', allowPrivate: true, giveUpMs: 86_400_000 },
  ...{ publicAnnotations: [], version: 'test', now, pollMs: 20 },
});
