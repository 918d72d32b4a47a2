// Which annotations of a report a person may see. Protected unless the general list or the product says public.
import type { Annotation, Report } from '../../report/report.ts';
import type { Person } from '../auth/person.ts';
import type { ReportsContext } from '../reports-context.ts';

/** An annotation with its mark. */
export interface SeenAnnotation extends Annotation {
  readonly protected: boolean;
}

/** What one person sees of a report's annotations. */
export interface SeenAnnotations {
  readonly annotations: readonly SeenAnnotation[];
  /** How many were left out. */
  readonly hidden: number;
}

/** The names that are public for a product: the general list and its own. */
export async function publicNames(
  context: ReportsContext,
  report: Pick<Report, 'account' | 'product'>,
): Promise<ReadonlySet<string>> {
  const product = await context.store.people.getProduct(report.account, report.product);
  return new Set([...context.publicAnnotations, ...(product?.publicAnnotations ?? [])]);
}

/** Marks annotations, and leaves the protected ones out for a person without the right. */
export function seenAnnotations(
  annotations: readonly Annotation[],
  names: ReadonlySet<string>,
  person: Person,
): SeenAnnotations {
  const marked = annotations.map(({ key, value }) => ({ key, value, protected: !names.has(key) }));
  const seen = person.seesProtected ? marked : marked.filter((annotation) => !annotation.protected);
  return { annotations: seen, hidden: marked.length - seen.length };
}
