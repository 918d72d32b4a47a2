// Pings of Mayday's own clients for release health: one line of JSON, the whole state of one session each time
// (docs/protocols/crashkit1.md).
import { jsonFault } from '../base/json-fault.ts';
import { Refused } from '../base/refusal.ts';
import { asObject } from '../report/crashkit/json-object.ts';
import { readSession } from '../report/session-update.ts';
import type { Intake, WireAnswer, WireRequest } from './adapter.ts';
import { okAnswer, productOf } from './crashkit-names.ts';
import { readWhole } from './payload-body.ts';

const MAX_BYTES = 16 * 1024;

/** Counts the session of a ping. */
export async function sessionPing(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const names = await productOf(request, intake);
  const bytes = await readWhole(request.body, MAX_BYTES);
  if (bytes === null) throw new Refused('too_large', `a session has at most ${MAX_BYTES} bytes`);
  const update = readSession(parsed(bytes), intake.receivedAt);
  if (update === null) throw fault('session: "sid" is missing');
  await intake.putSessions(names, { updates: [update], buckets: [] });
  return okAnswer();
}

function parsed(bytes: Buffer): NonNullable<ReturnType<typeof asObject>> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw fault(`session: is not JSON (${jsonFault(error)})`, error);
  }
  const object = Array.isArray(value) ? null : asObject(value);
  if (object === null) throw fault('session: is no object');
  return object;
}

function fault(problem: string, cause?: unknown): Refused {
  return new Refused('invalid-report', problem, { problems: [problem], cause });
}
