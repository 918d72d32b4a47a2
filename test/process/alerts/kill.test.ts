// A process that is killed between a firing and its delivery: the firing is neither forgotten nor told as a second one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { crash, fileReport } from '../../store/conformance/processed-builder.ts';
import { newFolder, storeOptions } from '../../store/embedded/open-store.ts';
import { MINUTE, MORNING, until } from '../notify/support/notify-harness.ts';
import { startReceiver } from '../notify/support/webhook-receiver.ts';
import { addRule } from './support.ts';

function startAlerting(dir: string, clock: number): { readonly child: ChildProcess; kill(): Promise<void> } {
  const script = path.join(import.meta.dirname, 'alerting-process.ts');
  const child = spawn(process.execPath, [script, dir, String(clock)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  return {
    child,
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

test('a firing whose process was killed before its delivery is delivered once by the next one', async () => {
  const dir = await newFolder();
  const receiver = await startReceiver();
  try {
    const store = await openEmbeddedStore({ ...storeOptions(dir), now: () => MORNING });
    await store.people.createProductByHand('default', 'Piano');
    const { id } = await store.notifications.saveWebhook({
      ...{ account: 'default', product: null, url: receiver.url, secret: 's', format: 'mayday', notices: [] },
      enabled: true,
    });
    const targets = [{ kind: 'webhook', webhookId: id }] as const;
    const rule = await addRule(store, { targets, condition: { kind: 'crashes', atLeast: 1, minutes: 5 } });
    await fileReport(store, [crash('overflow')], {
      report: { receivedAt: MORNING },
      processed: { processedAt: MORNING },
    });
    await store.close();

    // It is never answered.
    receiver.answer = () => undefined;
    const first = startAlerting(dir, MORNING + 2 * MINUTE);
    await until('the message on its way', () => receiver.posts.length === 1);
    await first.kill();

    receiver.answer = (response) => {
      response.statusCode = 204;
      response.end();
    };
    // Past the lease of the message, within the time in which the rule does not fire again.
    const second = startAlerting(dir, MORNING + 4 * MINUTE);
    await until('the message again', () => receiver.posts.length === 2);
    const [one, two] = receiver.posts;
    assert.equal(two?.headers['x-mayday-delivery'], one?.headers['x-mayday-delivery']);
    const after = await openEmbeddedStore({ ...storeOptions(dir), now: () => MORNING + 4 * MINUTE });
    try {
      await until(
        'the delivery written down',
        async () => (await after.notifications.listDeliveries({}, 10))[0]?.state === 'delivered',
      );
      assert.equal((await after.notifications.listDeliveries({}, 10)).length, 1);
      const log = await after.alerts.listLog(rule.id, 10);
      assert.deepEqual(
        log.map(({ what, outcome, toldAt }) => [what, outcome, toldAt]),
        [['fired', 'told', MORNING + MINUTE]],
      );
    } finally {
      await after.close();
      await second.kill();
    }
    assert.equal(receiver.posts.length, 2);
  } finally {
    await receiver.stop();
    await rm(dir, { recursive: true, force: true });
  }
});
