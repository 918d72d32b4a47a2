// Hexadecimal as crash reasons print it.

/** `0x` and at least 8 digits. */
export function hex32(value: number | bigint): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** `0x` and at least 16 digits. */
export function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
