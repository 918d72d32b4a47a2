// A minidump with a token of its own at every place where a program can put words.
import { ARCH, DumpBuilder, OS, u16, u32, words64 } from '../../formats/minidump/builder.ts';
import type { CanaryKind } from './canaries.ts';

/** Amd64 on Linux: a crash in a module, memory, annotations of Crashpad. */
export function minidump(put: (kind: CanaryKind, place: string) => string): Uint8Array {
  const builder = new DumpBuilder();
  const dictionary = (key: string, value: string): Uint8Array =>
    builder.location(
      builder.place(builder.pack(u32(1), u32(builder.string8(key)), u32(builder.string8(value)))),
    );
  const context = builder.amd64({ rip: 0x40_0010n, rsp: 0x7f00_0000n, rax: 0x1234n });
  const guid = builder.pack(u32(1), u16(2), u16(3), Uint8Array.from([4, 5, 6, 7, 8, 9, 10, 11]));
  const stack = new Uint8Array(512);
  stack.set(words64(0x40_0020n, 0x40_0040n));
  stack.set(Buffer.from(put('secret', 'memory of the stack')), 256);
  return builder
    .system({ architecture: ARCH.amd64, platform: OS.linux })
    .threads({ id: 7, stack: { base: 0x7f00_0000n, bytes: stack }, context })
    .modules({ base: 0x40_0000n, size: 0x1000, name: `/home/${put('secret', 'folder of a module')}/app` })
    .memory({ base: 0x7f00_0000n, bytes: stack })
    .exception({ threadId: 7, code: 11, address: 0x10n, context })
    .stream(
      'crashpadInfo',
      builder.pack(
        u32(1),
        guid,
        guid,
        dictionary('crashpad-note', put('secret', 'annotation of Crashpad')),
        builder.location(null),
      ),
    )
    .build();
}
