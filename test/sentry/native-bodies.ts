// Bodies of Sentry's native endpoints: MessagePack of what tests need, and the archive of the Unreal Engine's crash reporter.

/** MessagePack: maps, lists, short texts, small numbers. */
export function msgpack(value: unknown): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from([0xd9, text.length]), text]);
  }
  if (typeof value === 'number') return Buffer.from([0xcc, value]);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([0x90 + value.length]), ...value.map(msgpack)]);
  const entries = Object.entries(value as object);
  return Buffer.concat([
    Buffer.from([0x80 + entries.length]),
    ...entries.flatMap((entry) => entry.map(msgpack)),
  ]);
}

/** `Unreal` text: its length, then its bytes. */
function counted(text: string): Buffer {
  const bytes = Buffer.from(`${text}\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** The archive, before it is compressed. */
export function unrealArchive(files: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const body = files.flatMap(([name, bytes], index) => [
    number(index),
    counted(name),
    number(bytes.length),
    bytes,
  ]);
  return Buffer.concat([
    Buffer.from('CR1'),
    counted('UE4CC-1'),
    counted('UE4CC-1.ue4crash'),
    number(1000),
    number(files.length),
    ...body,
  ]);
}
