// Native crashes: the minidump of the crashed process, as the rules have named it.
import type { ProcessedMinidump } from '../../formats/crash/processed-minidump.ts';
import type { ProcessedException, ProcessedSection, ProcessedThread } from '../../report/processed-report.ts';
import { type CrashDraft, notUnderstood, type ReportFacts } from '../crash-draft.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { hashedKey } from '../grouping/hashed-key.ts';
import { minidumpKey } from '../grouping/minidump-key.ts';
import { textAt } from '../rule.ts';
import { sureFrames } from '../frames.ts';
import { NativeFrames } from './native-frames.ts';
import type { EvidenceSource, EvidenceInput } from './evidence-source.ts';

/** Frames that tell one case from another. */
const MAX_CASE_FRAMES = 40;
const MAX_STEPS = 100;
const MAX_MESSAGE = 32_768;
const MAX_VALUES = 200;
const MAX_VALUE_LENGTH = 2000;

const REASONS: Readonly<Record<ProcessedMinidump['status'], string>> = {
  OK: 'the minidump holds no stack',
  ERROR_EMPTY_FILE: 'the minidump is empty',
  ERROR_NO_MINIDUMP_HEADER: 'the file sent as a minidump is none',
  ERROR_UNSUPPORTED_VERSION: 'the minidump has an unknown version',
  ERROR_TRUNCATED: 'the minidump is cut short or damaged',
  ERROR_NO_SYSTEM_INFO: 'the minidump does not say which system it is from',
  ERROR_UNSUPPORTED_CPU: 'the minidump is from an unknown processor',
  ERROR_NO_THREAD_LIST: 'the minidump has no list of threads',
};

/** Their sentence would say the reason once more. */
const SAYS_IT_ALL: ReadonlySet<ProcessedMinidump['status']> = new Set([
  'ERROR_EMPTY_FILE',
  'ERROR_NO_SYSTEM_INFO',
  'ERROR_NO_THREAD_LIST',
]);

/** The first minidump of a report. */
export const nativeEvidence: EvidenceSource = {
  name: 'native',
  understand: (input) => {
    const [first] = input.minidumps;
    if (first === undefined) return null;
    const [name, dump] = first;
    const problem = dump.status === 'OK' ? [] : [`${name}: ${dump.mayday.error ?? dump.status}`];
    const signature = textAt(input.found, 'signature') ?? '';
    // What is damaged is still worth its bug where it tells a place.
    if (dump.status !== 'OK' && (signature === '' || signature.startsWith('EMPTY:')))
      return notUnderstood(
        REASONS[dump.status],
        SAYS_IT_ALL.has(dump.status) ? '' : (dump.mayday.error ?? ''),
      );
    return {
      crashes: [draftOf(dump, signature, input)],
      problem: null,
      facts: factsOf(dump),
      notes: [...problem, ...dump.mayday.limits_hit.map((limit) => `${name}: ${limit.replaceAll('_', ' ')}`)],
      isNamedByRules: true,
    };
  },
};

function draftOf(
  dump: ProcessedMinidump,
  signature: string,
  { annotations, found, product }: EvidenceInput,
): CrashDraft {
  const { crash_info: crash } = dump;
  const threads = new NativeFrames(dump).threads();
  const crashed = threads.find((thread) => thread.crashed);
  const at = crash.address === null ? '' : ` at ${crash.address}`;
  const abort = textAt(found, 'abort_message') ?? '';
  const message =
    crash.assertion || abort || macMessage(dump) || (crash.type === null ? '' : crash.type + at);
  const processType = textAt(found, 'process_type');
  const context = processType === null || processType === 'parent' ? null : processType;
  const steps = (textAt(found, 'signature_debug') ?? '').split('\n').slice(0, MAX_STEPS);
  const exceptions: readonly ProcessedException[] =
    crashed === undefined
      ? []
      : [
          {
            kind: crash.type ?? 'crash',
            message: message.slice(0, MAX_MESSAGE),
            frames: crashed.frames,
            omittedFrames: crashed.omittedFrames,
            data: [],
          },
        ];
  return {
    kind: 'native',
    language: null,
    signature,
    signatureSteps: steps,
    message: message.slice(0, MAX_MESSAGE),
    reason: crash.type,
    address: crash.address,
    exceptions,
    threads,
    sections: crashpadSection(dump),
    count: 1,
    date: null,
    severity: 'normal',
    role: null,
    context,
    ownKey: minidumpKey({
      signature,
      steps,
      exceptions,
      engine: product.signatureMode === 'socorro' ? null : product.engine,
    }),
    // The rules of signatures leave the abort message out themselves.
    plainTitle: null,
    caseKey: hashedKey('C', [crash.type, context, caseFrames(crashed)]),
    fingerprint: readFingerprint(annotations['fingerprint']),
  };
}

/** Frames found by scanning are guesses, which would make a case of nearly every report. */
function caseFrames(crashed: ProcessedThread | undefined): readonly (string | null)[] {
  return sureFrames(crashed?.frames ?? [])
    .slice(0, MAX_CASE_FRAMES)
    .map((frame) => frame.function ?? frame.module);
}

function macMessage({ mac_crash_info: info }: ProcessedMinidump): string | null {
  return info?.records.find(({ message }) => message !== null && message !== '')?.message ?? null;
}

/** What Crashpad wrote into the dump itself: annotations of the process and of its modules. */
function crashpadSection({ mayday }: ProcessedMinidump): readonly ProcessedSection[] {
  const { crashpad } = mayday;
  if (crashpad === null) return [];
  const values: (readonly [string, string])[] = Object.entries(crashpad.annotations);
  for (const { simple_annotations: simple, annotation_objects: objects } of crashpad.modules) {
    values.push(...Object.entries(simple));
    for (const { name, value } of objects) if (value !== null) values.push([name, value]);
  }
  if (values.length === 0) return [];
  return [
    {
      name: 'crashpad',
      protected: true,
      values: values
        .slice(0, MAX_VALUES)
        .map(([key, value]) => [key, value.slice(0, MAX_VALUE_LENGTH)] as const),
    },
  ];
}

function factsOf({
  system_info: system,
  process_uptime: uptime,
  mayday,
}: ProcessedMinidump): Partial<ReportFacts> {
  const client = mayday.crashpad?.client_id ?? '';
  return {
    os: system?.os ?? null,
    osVersion: system?.os_ver ?? null,
    cpu: system?.cpu_arch ?? null,
    uptimeSeconds: uptime,
    installation: /^[0-]*$/.test(client) ? null : client,
  };
}
