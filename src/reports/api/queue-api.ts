// API: the queue of reports to process.
import { MAX_REQUEUED, requeueAll } from '../query/process-deferred.ts';
import type { Operation } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

const counts = {
  status: 200,
  description: 'The queue.',
  contentType: 'application/json',
  schema: schemaRef('Queue'),
} as const;

function pausing(name: 'pause' | 'resume', summary: string): Operation {
  return {
    method: 'post',
    path: `/api/queue/${name}`,
    id: `${name}Queue`,
    summary,
    access: 'installation',
    answer: counts,
    async run({ c, context, person }) {
      await context.store.queue.setPaused(name === 'pause');
      context.log.info({ by: person.user?.id ?? 'admin token' }, `queue ${name}d`);
      return c.json(await context.store.queue.counts());
    },
  };
}

function requeueing(state: 'deferred' | 'failed', summary: string): Operation {
  return {
    method: 'post',
    path: `/api/queue/process-${state}`,
    id: `process${state === 'deferred' ? 'Deferred' : 'Failed'}`,
    summary,
    description: `The oldest ${MAX_REQUEUED} go back into the queue.`,
    access: 'triage',
    answer: {
      status: 200,
      description: 'How many were put back.',
      contentType: 'application/json',
      schema: schemaRef('Requeued'),
    },
    async run({ c, context, seen }) {
      return c.json({ requeued: await requeueAll(context.store.queue, seen.settings, state) });
    },
  };
}

export const queueOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/queue',
    id: 'getQueue',
    summary: 'What waits to be processed',
    access: 'whole',
    answer: counts,
    async run({ c, context }) {
      return c.json(await context.store.queue.counts());
    },
  },
  pausing('pause', 'Pause processing; reports are still taken'),
  pausing('resume', 'Go on processing'),
  requeueing('deferred', 'Process deferred reports'),
  requeueing('failed', 'Process failed reports again'),
];
