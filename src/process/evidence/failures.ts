// Syncthing's failure reports: a JSON array of things that went wrong without a crash, each with its goroutines.
import { jsonFault } from '../../base/json-fault.ts';
import { readLog } from '../../formats/logs/read-log.ts';
import { parseGoPanic } from '../../formats/trace/go-panic.ts';
import type { Trace } from '../../formats/trace/trace.ts';
import { readGoVersionLine } from '../../base/go-version-line.ts';
import { asInteger, asObject, asText, type JsonObject, own } from '../../report/crashkit/json-object.ts';
import type { ProcessedSection } from '../../report/processed-report.ts';
import { type CrashDraft, notUnderstood } from '../crash-draft.ts';
import { hashedKey } from '../grouping/hashed-key.ts';
import { cleanGoMessage } from '../grouping/clean-go-message.ts';
import { firstCharacters } from '../signature/signature-text.ts';
import { traceCaseKey, traceStacks } from './trace-crash.ts';
import { partText, type EvidenceSource } from './evidence-source.ts';

const PAYLOAD = 'payload.json';
const MAX_FAILURES = 200;
const MAX_COUNT = 1_000_000;
const MAX_TITLE = 255;
const MAX_VALUES = 100;
const MAX_VALUE_LENGTH = 2000;

/** The JSON payload of the Syncthing protocol. */
export const failuresEvidence: EvidenceSource = {
  name: 'failures',
  understand: (input) => {
    if (input.report.protocol !== 'syncthing' || input.report.payloadKind !== 'json') return null;
    const body = partText(input, PAYLOAD);
    if (body === null) return notUnderstood('the payload could not be read');
    let payload: unknown;
    try {
      payload = JSON.parse(body);
    } catch (error) {
      return notUnderstood('the payload is not JSON', jsonFault(error));
    }
    const items = (Array.isArray(payload) ? payload : []).map((item) => asObject(item));
    const failures = items.filter((item) => item !== null).slice(0, MAX_FAILURES);
    if (failures.length === 0) return notUnderstood('the payload holds no failure');
    const left = items.length - failures.length;
    const version = asText(own(failures[0] ?? {}, 'version'));
    return {
      crashes: failures.map((failure) => failureCrash(failure)),
      problem: null,
      facts: { version: readGoVersionLine(version ?? '')?.version ?? version },
      notes: left === 0 ? [] : [`${left} entries of the payload were not read`],
    };
  },
};

function failureCrash(failure: JsonObject): CrashDraft {
  const description = asText(own(failure, 'description'))?.trim() ?? '';
  const trace = goroutinesOf(asText(own(failure, 'goroutines')) ?? '');
  const { text, rules } = cleanGoMessage(description.split('\n', 1)[0] ?? '');
  const title = text === '' ? 'failure without a description' : text;
  const count = asInteger(own(failure, 'count'));
  return {
    ...traceStacks(trace),
    signature: title.length <= MAX_TITLE ? title : `${firstCharacters(title, MAX_TITLE - 3)}...`,
    signatureSteps: [
      'a failure is named by its description',
      ...rules.map((rule) => `cleaned by the rule "${rule}"`),
    ],
    message: description,
    reason: 'failure',
    sections: extraSection(own(failure, 'extra')),
    count: count !== null && count >= 1 && count <= MAX_COUNT ? count : 1,
    ownKey: {
      key: hashedKey('F', [title]),
      source: 'signature',
      because: 'A failure report: its description is its key.',
    },
    plainTitle: 'failure',
    caseKey: traceCaseKey(trace),
    fingerprint: null,
  };
}

/** The stacks as Go's run-time prints them, or as a log holds them, with prefixes. */
function goroutinesOf(text: string): Trace {
  const trace = parseGoPanic(text);
  const { crash } = trace.threads.length > 0 ? { crash: null } : readLog(text);
  return crash?.trace.format === 'go' ? crash.trace : trace;
}

function extraSection(extra: unknown): readonly ProcessedSection[] {
  const values = Object.entries(asObject(extra) ?? {})
    .slice(0, MAX_VALUES)
    .flatMap(([key, value]) => {
      const text = asText(value);
      return text === null ? [] : [[key, text.slice(0, MAX_VALUE_LENGTH)] as const];
    });
  return values.length === 0 ? [] : [{ name: 'data', protected: true, values }];
}
