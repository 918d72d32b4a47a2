// The health endpoints of the submit server (docs/protocols/socorro.md): for load balancers and operators. `/__echo__` is what
// `mayday doctor` asks through a proxy: it takes a body like any upload, stores nothing, and answers what arrived.
import { createHash } from 'node:crypto';
import { REFUSALS } from '../base/refusal.ts';
import type { Adapter, Intake, WireAnswer, WireRequest } from './adapter.ts';

const JSON_HEADERS = { 'Content-Type': 'application/json' } as const;

function version(_request: WireRequest, intake: Intake): Promise<WireAnswer> {
  return Promise.resolve({ status: 200, body: `${JSON.stringify(intake.version)}\n`, headers: JSON_HEADERS });
}

async function heartbeat(_request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const failing = await intake.health();
  const healthy = Object.keys(failing).length === 0;
  const body = `${JSON.stringify({ status: healthy ? 'ok' : 'unhealthy', failing })}\n`;
  return { status: healthy ? 200 : 503, body, headers: JSON_HEADERS };
}

function lbHeartbeat(): Promise<WireAnswer> {
  return Promise.resolve({ status: 200, body: 'ok\n' });
}

async function echo(request: WireRequest): Promise<WireAnswer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  const arrived = {
    encoding: request.encoding,
    chunked: request.headers['transfer-encoding'] !== undefined,
    bytes,
    sha256: hash.digest('hex'),
  };
  return { status: 200, body: `${JSON.stringify(arrived)}\n`, headers: JSON_HEADERS };
}

/** `/__version__`, `/__heartbeat__`, `/__lbheartbeat__`, `/__echo__`. */
export const health: Adapter = {
  name: 'health',
  routes: [
    { methods: ['GET', 'HEAD'], path: '/__version__', stores: false, handle: version },
    { methods: ['GET', 'HEAD'], path: '/__heartbeat__', stores: false, handle: heartbeat },
    { methods: ['GET', 'HEAD'], path: '/__lbheartbeat__', stores: false, handle: lbHeartbeat },
    { methods: ['POST'], path: '/__echo__', stores: false, handle: echo },
  ],
  refuse: (code) => ({ status: REFUSALS[code].status, body: `${code}\n` }),
};
