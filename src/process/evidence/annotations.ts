// Reports without a dump or a trace whose annotations alone say what happened: aborts, hangs, broken channels.
import type { CrashDraft } from '../crash-draft.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { hashedKey } from '../grouping/hashed-key.ts';
import { textAt } from '../rule.ts';
import type { EvidenceSource } from './evidence-source.ts';

const MAX_MESSAGE = 32_768;

/** What the signature rules could name without any stack. */
export const annotationsEvidence: EvidenceSource = {
  name: 'annotations',
  understand: ({ annotations, found }) => {
    const signature = textAt(found, 'signature') ?? '';
    const fingerprint = readFingerprint(annotations['fingerprint']);
    const isNamed = signature !== '' && !signature.startsWith('EMPTY:');
    if (!isNamed && fingerprint === null) return null;
    const title = isNamed ? signature : (fingerprint?.join(' | ') ?? '').slice(0, 255);
    const crash: CrashDraft = {
      kind: 'other',
      language: null,
      signature: title,
      signatureSteps: isNamed
        ? (textAt(found, 'signature_debug') ?? '').split('\n')
        : ['the report has no stack, so the fingerprint that the program sent is its name'],
      message: (textAt(found, 'abort_message') ?? '').slice(0, MAX_MESSAGE),
      reason: null,
      address: null,
      exceptions: [],
      threads: [],
      sections: [],
      count: 1,
      date: null,
      severity: 'normal',
      role: null,
      context: null,
      ownKey: {
        key: hashedKey('S', ['other', title]),
        source: 'signature',
        because: 'Its signature is its key.',
      },
      plainTitle: isNamed ? null : 'named by its fingerprint',
      caseKey: hashedKey('C', [title]),
      fingerprint,
    };
    return { crashes: [crash], problem: null, facts: {}, notes: [], isNamedByRules: isNamed };
  },
};
