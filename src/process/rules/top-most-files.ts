// The source file in which it crashed.
import { crashingFrames, listAt, type ProcessingRule, textAt } from '../rule.ts';

/** Sets `topmost_filenames` to the first source file of the crashing thread, inlined functions first. */
export const topMostFilesRule: ProcessingRule = {
  name: 'TopMostFilesRule',
  act: ({ found }) => {
    for (const frame of crashingFrames(found)) {
      const files = [
        ...listAt(frame, 'inlines').map((inline) => textAt(inline, 'file')),
        textAt(frame, 'file'),
      ];
      const file = files.find((candidate) => candidate !== null && candidate !== '');
      if (file !== undefined) return { found: { topmost_filenames: file } };
    }
    return {};
  },
};
