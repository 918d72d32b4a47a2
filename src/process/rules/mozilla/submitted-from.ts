// Through which door of the browser a person sent a report: the bar that offers older reports, the crash window, or by itself.
import type { ProcessingRule } from '../../rule.ts';

/** Sets `submitted_from`, and whether it was the bar. Older versions sent only that, as a text or as true. */
export const submittedFromRule: ProcessingRule = {
  name: 'SubmittedFromRule',
  shown: true,
  applies: ({ annotations }) => 'SubmittedFrom' in annotations || 'SubmittedFromInfobar' in annotations,
  act: ({ annotations }) => {
    const older = annotations['SubmittedFromInfobar'];
    const isOlder = 'SubmittedFromInfobar' in annotations;
    const from = isOlder
      ? older === true || older === 'true' || older === '1'
        ? 'Infobar'
        : 'Unknown'
      : (annotations['SubmittedFrom'] ?? 'Unknown');
    return { found: { submitted_from: from, submitted_from_infobar: from === 'Infobar' } };
  },
};
