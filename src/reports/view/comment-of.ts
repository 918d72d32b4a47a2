// What a person wrote about the crash into the form of a crash reporter, which sends it as an annotation.
import type { SeenAnnotation } from '../gate/seen-report.ts';

/**
 * Names of such annotations, without case and separators: `Comments` of Mozilla's and Breakpad's reporters, `UserDescription` of the
 * Unreal Engine's, `USER_COMMENT` of ACRA's, and how others write them.
 */
const NAMES: ReadonlySet<string> = new Set([
  ...['comment', 'comments', 'usercomment', 'usercomments', 'userdescription', 'userfeedback'],
]);

/** Whether an annotation of this name is a person's comment. */
export function isCommentName(name: string): boolean {
  return NAMES.has(
    name
      .slice(0, 40)
      .replaceAll(/[^a-z]/gi, '')
      .toLowerCase(),
  );
}

/** The first comment that says something; null: there is none, or the person may not see it. */
export function commentOf(annotations: readonly SeenAnnotation[]): SeenAnnotation | null {
  return annotations.find(({ key, value }) => isCommentName(key) && value.trim() !== '') ?? null;
}
