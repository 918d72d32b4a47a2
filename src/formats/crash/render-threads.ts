// Walked threads in the words of the JSON schema.
import { formatAddress } from '../minidump/cpu.ts';
import type { Minidump } from '../minidump/minidump.ts';
import { windowsError } from '../minidump/reason/windows.ts';
import type { CrashMemory } from './crash-memory.ts';
import type { MaydayThreadJson, ThreadJson } from './processed-minidump.ts';
import type { ThreadWalks, WalkedThread } from './thread-walks.ts';

/** The `threads` of the report. */
export function renderThreads(dump: Minidump, walks: ThreadWalks, memory: CrashMemory): ThreadJson[] {
  return walks.threads.map((walked) => {
    const { frames } = walked;
    const isSkipped = walked.state === 'skipped';
    return {
      thread_id: walked.thread.id,
      thread_name: isSkipped ? null : (dump.threadNames.get(walked.thread.id) ?? null),
      last_error_value: isSkipped ? null : lastError(walked, dump, memory),
      frame_count: frames.length,
      frames,
    };
  });
}

/** The crashing thread again, with its index and the registers of frame 0; null where it has no frame. */
export function renderCrashingThread(
  dump: Minidump,
  walks: ThreadWalks,
  threads: readonly ThreadJson[],
): (ThreadJson & { readonly threads_index: number }) | null {
  const index = walks.crashingThread;
  const thread = index === null ? undefined : threads[index];
  const [first, ...rest] = thread?.frames ?? [];
  if (index === null || thread === undefined || first === undefined) return null;
  const cpu = dump.systemInfo?.cpu ?? 'unknown';
  const registers = Object.fromEntries(
    [...(walks.threads[index]?.context?.registers ?? [])].map(([name, value]) => [
      name,
      formatAddress(value, cpu),
    ]),
  );
  return { ...thread, frames: [{ ...first, registers }, ...rest], threads_index: index };
}

/** What Mayday adds for each thread. */
export function renderWalkStates(walks: ThreadWalks): MaydayThreadJson[] {
  return walks.threads.map(({ state, walk, context }) => ({
    walked_frames: walk?.frameCount ?? (context === null ? 0 : 1),
    omitted: walk?.omitted ?? null,
    state,
    notes: walk?.notes ?? [],
  }));
}

/** GetLastError() of a Windows thread: 13 pointers into its environment block, on x86 and amd64 alike. */
function lastError(walked: WalkedThread, dump: Minidump, memory: CrashMemory): string | null {
  if (dump.systemInfo?.os !== 'windows' || walked.thread.teb === 0n) return null;
  const pointer = dump.systemInfo.cpu === 'x86' || dump.systemInfo.cpu === 'arm' ? 4n : 8n;
  const code = memory.wordAt(walked.thread.teb + 13n * pointer, 4);
  return code === null ? null : windowsError(Number(code));
}
