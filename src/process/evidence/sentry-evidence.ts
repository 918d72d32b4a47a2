// Events of Sentry's clients; a minidump beside one tells the crash where the event itself has no stack.
import { asObject, type JsonObject } from '../../report/crashkit/json-object.ts';
import type { CrashDraft, Understood } from '../crash-draft.ts';
import { notUnderstood } from '../crash-draft.ts';
import { eventSections } from '../sentry/event-sections.ts';
import { factsOf, understandEvent } from '../sentry/understand-event.ts';
import { nativeEvidence } from './native.ts';
import { partText, type EvidenceInput, type EvidenceSource } from './evidence-source.ts';

const PAYLOAD = 'payload.json';

/** The payload of Sentry's endpoints. */
export const sentryEvidence: EvidenceSource = {
  name: 'sentry',
  understand: async (input) => {
    if (input.report.protocol !== 'sentry') return null;
    const body = partText(input, PAYLOAD);
    let event: JsonObject | null = null;
    if (body !== null) {
      try {
        event = asObject(JSON.parse(body));
      } catch (error) {
        if (input.minidumps.size === 0)
          return notUnderstood('the event is not JSON', (error as Error).message);
      }
    }
    const dump = await nativeEvidence.understand(input);
    if (event === null) {
      return dump ?? (body === null ? null : notUnderstood('the event is no JSON object'));
    }
    const understood = await understandEvent(event, input);
    return dump === null || dump.crashes.length === 0 ? understood : withDump(event, understood, dump, input);
  },
};

/** The stack of the event where it names functions, else the dump's; the threads are the dump's, the rest the event's. */
function withDump(
  event: JsonObject,
  understood: Understood,
  dump: Understood,
  input: EvidenceInput,
): Understood {
  const [crash] = understood.crashes;
  const [native] = dump.crashes;
  if (crash === undefined || native === undefined) return understood;
  const isNamed = crash.exceptions.some(({ frames }) => frames[0]?.function != null);
  const sections = [...eventSections(event), ...native.sections];
  const { severity, date, context, fingerprint } = crash;
  const merged: CrashDraft = isNamed
    ? { ...crash, threads: native.threads, address: native.address, sections }
    : { ...native, severity, date, context, fingerprint: fingerprint ?? native.fingerprint, sections };
  return {
    ...dump,
    crashes: [merged],
    facts: { ...dump.facts, ...definedOf(factsOf(event)) },
    notes: [...understood.notes, ...dump.notes],
    missingSymbols: input.minidumps.size > 0 ? [] : (understood.missingSymbols ?? []),
  };
}

function definedOf<T extends object>(facts: T): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null)) as Partial<T>;
}
