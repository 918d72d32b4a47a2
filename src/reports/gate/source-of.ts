// Where the frames of a report are found in their source. The commit may stand in an annotation: one that the person does not see
// names none for them.
import { frameLinker, isCommitName } from '../../report/source/source-address.ts';
import type { FrameLinker } from '../../report/source/source-address.ts';
import type { Store } from '../../store/store.ts';
import type { SeenReport } from './seen-report.ts';

/** What is looked at of a report. */
export type BuiltReport = Pick<SeenReport, 'account' | 'product' | 'version' | 'annotations'>;

/** A linker for the frames of a report, as far as the person sees it. */
export async function linkerOf(
  { bugs, releases }: Pick<Store, 'bugs' | 'releases'>,
  { account, product, version, annotations }: BuiltReport,
): Promise<FrameLinker> {
  const { source } = await bugs.productRules(account, product);
  const named = source.commitAnnotations
    .map((name) => annotations.find(({ key }) => key === name)?.value.trim() ?? '')
    .find((value) => isCommitName(value));
  const commit = named ?? (version === null ? null : await releases.builtFrom({ account, product }, version));
  return frameLinker(source, { version, commit });
}
