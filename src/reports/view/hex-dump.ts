// Memory as hexadecimal text: address, sixteen bytes, and the same as ASCII.

const ROW = 16;

/** The lines of a hex dump. `mark` is the address that the reader asked for: its line begins with `>`. */
export function hexDump(start: bigint, bytes: Uint8Array, mark: bigint): string {
  const lines: string[] = [];
  // Lines begin at multiples of sixteen, as debuggers show them.
  const skip = Number(start % BigInt(ROW));
  for (let at = -skip; at < bytes.length; at += ROW) {
    const address = start + BigInt(at);
    const row = Array.from({ length: ROW }, (_, column) => bytes[at + column]);
    const hex = row.map((byte) => (byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')));
    const ascii = row.map((byte) =>
      byte === undefined ? ' ' : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
    );
    const here = mark >= address && mark < address + BigInt(ROW);
    lines.push(
      `${here ? '>' : ' '} ${address.toString(16).padStart(16, '0')}  ${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}  ${ascii.join('')}`,
    );
  }
  return lines.join('\n');
}
