// The doctor puts a report into the store, reads it back byte for byte, and deletes it.
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { newCrashId } from '../../report/crash-id.ts';
import type { Store } from '../../store/store.ts';
import { fail, messageOf, ok, type Finding } from './check.ts';

/** Above the size up to which attachments live in the database, so that the files are exercised, too. */
const PROBE_BYTES = 200_000;

/** The whole way of a report, without the network, in a store that holds nothing else. */
export async function checkRoundTrip(store: Store, product: string): Promise<readonly Finding[]> {
  const started = performance.now();
  const now = Date.now();
  const crashId = newCrashId(1, now);
  const probe = randomBytes(PROBE_BYTES);
  const draft = store.intake.draft();
  try {
    const sink = draft.attachment({
      name: 'doctor.bin',
      kind: 'file',
      filename: null,
      contentType: 'application/octet-stream',
    });
    await sink.write(probe);
    await sink.end();
    await draft.commit({
      crashId,
      identity: null,
      protocol: 'crashpad',
      account: 'default',
      product,
      version: null,
      platform: null,
      receivedAt: now,
      annotations: [{ key: 'doctor', value: 'a probe that deletes itself' }],
      notes: [],
      payloadKind: 'multipart',
      encoding: 'identity',
      bodyBytes: PROBE_BYTES,
      userAgent: null,
      clientHash: null,
      throttle: { rule: 'doctor', action: 'defer' },
      installation: null,
      token: null,
      state: 'deferred',
    });
    const report = await store.reports.getReport(crashId);
    const attachment = await store.reports.openAttachment(crashId, 'doctor.bin');
    if (report === null || attachment === null) throw new Error('the report was stored, but cannot be found');
    const back = createHash('sha256')
      .update(await buffer(attachment.stream))
      .digest('hex');
    if (back !== createHash('sha256').update(probe).digest('hex'))
      throw new Error('the bytes that came back differ');
    if (!(await store.reports.deleteReport(crashId))) throw new Error('the report could not be deleted');
    return [
      ok('round trip', `wrote, read and deleted a report in ${(performance.now() - started).toFixed(0)} ms`),
    ];
  } catch (error) {
    await draft.discard();
    return [
      fail(
        'round trip',
        messageOf(error),
        'Check the folder, its rights and the disk; LOG_LEVEL=debug says more.',
      ),
    ];
  }
}
