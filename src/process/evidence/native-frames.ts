// Frames of a processed minidump in the shape that all crashes share. Inlined calls become frames of their own.
import type { FrameJson, ProcessedMinidump, ThreadJson } from '../../formats/crash/processed-minidump.ts';
import type { FrameTrust, ProcessedFrame, ProcessedThread } from '../../report/processed-report.ts';
import { processedFrame } from '../frames.ts';

const TRUSTS: ReadonlySet<string> = new Set<FrameTrust>([
  'context',
  'cfi',
  'cfi_scan',
  'frame_pointer',
  'leaf',
  'scan',
  'prewalked',
]);
/** Frames of all threads together; the threads beyond keep their names. */
const MAX_FRAMES = 20_000;

/** Folders whose modules come with the system and are never the application's. */
const SYSTEM_FOLDERS =
  /^(?:\/usr\/lib|\/usr\/lib64|\/lib|\/lib64|\/lib32|\/system\/|\/apex\/|\/vendor\/|\/System\/|\/usr\/libexec|[a-z]:\\windows\\|\\systemroot\\|linux-gate)/i;

/** Renders the threads of one dump. */
export class NativeFrames {
  readonly #dump: ProcessedMinidump;
  readonly #inApp: ReadonlyMap<string, boolean>;
  #left = MAX_FRAMES;

  constructor(dump: ProcessedMinidump) {
    this.#dump = dump;
    this.#inApp = applicationModules(dump);
  }

  /** All threads in the order of the dump. */
  threads(): readonly ProcessedThread[] {
    const { threads, mayday, crash_info: crash } = this.#dump;
    return threads.map((thread, index) => {
      const state = mayday.threads[index];
      const frames = thread.frames.slice(0, this.#left);
      this.#left -= frames.length;
      return {
        name: threadName(thread),
        state: state === undefined || state.state === 'walked' ? null : state.state.replaceAll('_', ' '),
        crashed: index === crash.crashing_thread,
        frames: frames.flatMap((frame) => this.#frames(frame)),
        omittedFrames: (state?.omitted?.count ?? 0) + thread.frames.length - frames.length,
      };
    });
  }

  #frames(frame: FrameJson): readonly ProcessedFrame[] {
    const inApp = frame.module === null ? null : (this.#inApp.get(frame.module) ?? null);
    const place = { module: frame.module, inApp, address: frame.offset, moduleOffset: frame.module_offset };
    const physical = processedFrame({
      ...place,
      function: frame.function,
      file: frame.file,
      line: frame.line,
      trust: TRUSTS.has(frame.trust) ? (frame.trust as FrameTrust) : 'none',
    });
    if (frame.inlines === null) return [physical];
    const inlined = frame.inlines.map((inline) =>
      processedFrame({
        ...place,
        function: inline.function,
        file: inline.file,
        line: inline.line,
        trust: 'inline',
      }),
    );
    return [...inlined, physical];
  }
}

function threadName({ thread_id: id, thread_name: name }: ThreadJson): string {
  return name === null || name === '' ? `thread ${id}` : name;
}

/** Modules beside the program itself, or below its folder, are the application's; those in folders of the system are not. */
function applicationModules({ modules, mayday }: ProcessedMinidump): ReadonlyMap<string, boolean> {
  const paths = mayday.modules.map(({ code_file: path }) => path);
  const home = folderOf(paths[0] ?? '');
  return new Map(
    modules.flatMap(({ filename }, index): (readonly [string, boolean])[] => {
      const path = paths[index] ?? '';
      if (index === 0) return [[filename, true]];
      if (SYSTEM_FOLDERS.test(path)) return [[filename, false]];
      return home !== null && path.startsWith(home) ? [[filename, true]] : [];
    }),
  );
}

/** With its separator; null where the folder is so general that being in it says nothing. */
function folderOf(path: string): string | null {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  if (end <= 0) return null;
  const folder = path.slice(0, end + 1);
  return /^(?:\/usr(?:\/local)?\/s?bin\/|\/s?bin\/|[a-z]:\\windows\\.*)$/i.test(folder) ? null : folder;
}
