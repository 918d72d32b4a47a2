// Decides which bug a crash belongs to. Asked in this order: the product's grouping rules, the fingerprint that the client
// sent, the crash's own key. The title of a bug is another matter: it may change while the key stays.
import { createHash } from 'node:crypto';
import type { Grouping, ProcessedFrame } from '../../report/processed-report.ts';
import type { CrashDraft, Problem } from '../crash-draft.ts';
import { resolvedFingerprint } from './client-fingerprint.ts';
import type { CompiledGroupingRule } from './grouping-rules.ts';

/** Keys that people wrote stay readable up to this length. */
const MAX_READABLE_KEY = 200;

/** What grouping looks at. */
export type Groupable = Pick<
  CrashDraft,
  'kind' | 'signature' | 'message' | 'exceptions' | 'threads' | 'ownKey' | 'caseKey' | 'fingerprint'
>;

/** Groups one crash. Deterministic; rules that do not apply cost next to nothing. */
export function groupCrash(
  crash: Groupable,
  rules: readonly CompiledGroupingRule[],
  annotations: Readonly<Record<string, unknown>>,
): Grouping {
  const { caseKey, fingerprint, ownKey } = crash;
  if (rules.length > 0) {
    const subject = {
      kind: crash.kind,
      signature: crash.signature,
      message: crash.message,
      frames: frameTexts(crash),
      annotations,
    };
    const rule = rules.find(({ applies }) => applies(subject));
    if (rule !== undefined) {
      const text = rule.key(subject);
      const because = `The product's rule "${rule.name}" gives it the key "${text.slice(0, MAX_READABLE_KEY)}".`;
      return {
        key: `rule:${bounded(text)}`,
        source: 'product_rule',
        because,
        rule: rule.name,
        caseKey,
        ...homeOf(ownKey),
      };
    }
  }
  if (fingerprint !== null) {
    const text = resolvedFingerprint(fingerprint, ownKey.key).join(' | ');
    const older = (ownKey.aliases ?? []).map(
      (alias) => `fingerprint:${bounded(resolvedFingerprint(fingerprint, alias).join(' | '))}`,
    );
    const key = `fingerprint:${bounded(text)}`;
    const because = `The program sent the fingerprint "${text.slice(0, MAX_READABLE_KEY)}".`;
    return {
      key,
      source: 'client_fingerprint',
      because,
      rule: null,
      caseKey,
      ...aliasesOf(older.filter((alias) => alias !== key)),
      ...homeOf(ownKey),
    };
  }
  return {
    key: ownKey.key,
    source: ownKey.source,
    because: ownKey.because,
    rule: null,
    caseKey,
    ...aliasesOf(ownKey.aliases ?? []),
    ...(ownKey.caller !== undefined && { caller: ownKey.caller }),
    ...homeOf(ownKey),
    ...(ownKey.parts !== undefined && { parts: ownKey.parts }),
  };
}

/** Where it begins does not depend on what gives the key. */
function homeOf({ home }: Groupable['ownKey']): Pick<Grouping, 'home'> {
  return home === undefined ? {} : { home };
}

function aliasesOf(aliases: readonly string[]): Pick<Grouping, 'aliases'> {
  return aliases.length === 0 ? {} : { aliases };
}

/** The group of all reports of a product that cannot be processed for the same reason. */
export function unprocessableGrouping({ reason }: Problem): Grouping {
  return {
    key: `unprocessable:${bounded(reason)}`,
    source: 'unprocessable',
    because: `It could not be processed: ${reason}.`,
    rule: null,
    caseKey: 'unprocessable',
  };
}

function bounded(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f]+/g, ' ');
  if (clean.length <= MAX_READABLE_KEY) return clean;
  return createHash('sha256').update(clean).digest('hex');
}

const MAX_FRAMES = 200;
const MAX_FRAME_LENGTH = 500;

/** The frames of the crash, innermost first, as rules see them: `package.Class.function file module`. */
function frameTexts({ exceptions, threads }: Groupable): readonly string[] {
  const ofExceptions = exceptions.flatMap(({ frames }) => frames.slice(0, MAX_FRAMES));
  const frames =
    ofExceptions.length > 0 ? ofExceptions : (threads.find(({ crashed }) => crashed)?.frames ?? []);
  return frames.slice(0, MAX_FRAMES).map((frame) => frameText(frame));
}

function frameText(frame: ProcessedFrame): string {
  const name = [frame.package, frame.class, frame.function].filter((part) => part !== null && part !== '');
  return [name.join('.'), frame.file, frame.module]
    .filter((part) => part !== null && part !== '')
    .join(' ')
    .slice(0, MAX_FRAME_LENGTH);
}
