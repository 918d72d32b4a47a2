// A native thread as a list of normalised frames.
import type { CrashFrame, CrashThread } from '../crash-data.ts';
import type { FramePattern } from '../lists.ts';
import type { SignatureMode } from '../mode.ts';
import { normalizeFrame } from './normalize-frame.ts';
import { withRustModule } from './rust-panic-names.ts';

/** Frames that are looked at, inlined functions included. */
export const MAX_FRAMES = 40;

/** How a thread is turned into texts. */
export interface FrameListOptions {
  readonly mode: SignatureMode;
  readonly lineNumbers: FramePattern;
  /** Windows does not tell `FOO.DLL` from `foo.dll`. */
  readonly lowerCaseModules: boolean;
}

/** The first frames of a thread, inlined functions before the frame that they are in. The thread is not changed. */
export function frameList(thread: CrashThread | null, options: FrameListOptions): readonly string[] {
  const frames: CrashFrame[] = [];
  for (const frame of Array.isArray(thread?.frames) ? (thread.frames as readonly CrashFrame[]) : []) {
    if (frames.length >= MAX_FRAMES) break;
    const { module, module_offset, offset } = frame;
    for (const inline of frame.inlines ?? []) {
      frames.push({
        function: inline.function ?? null,
        file: inline.file ?? null,
        line: inline.line ?? null,
        module,
        module_offset,
        offset,
      } as CrashFrame);
    }
    frames.push(frame);
  }
  return frames.slice(0, MAX_FRAMES).map((frame) => {
    const fixed: CrashFrame = {
      ...frame,
      function: withRustModule(frame.function, frame.file) ?? null,
      module: options.lowerCaseModules ? (frame.module?.toLowerCase() ?? null) : (frame.module ?? null),
    };
    return normalizeFrame(fixed, options.mode, options.lineNumbers);
  });
}
