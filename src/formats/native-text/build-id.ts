// From the build id that stands in a text to the debug ids under which symbols are kept.
import { GUID_BYTES } from '../minidump/guid.ts';

const HEX_ID = /^(?=.*[1-9a-f])[0-9a-f]{8,64}$/i;

/**
 * The debug ids that a build id can mean, likeliest first: Mach-O's UUID as it stands (32 digits), and ELF's build id,
 * whose first three fields Breakpad turns around.
 */
export function debugIdsOf(buildId: string): readonly string[] {
  if (!HEX_ID.test(buildId)) return [];
  const hex = buildId.toUpperCase();
  const padded = hex.slice(0, GUID_BYTES * 2).padEnd(GUID_BYTES * 2, '0');
  const turned = `${turn(padded.slice(0, 8))}${turn(padded.slice(8, 12))}${turn(padded.slice(12, 16))}${padded.slice(16)}0`;
  return hex.length === GUID_BYTES * 2 ? [`${hex}0`, turned] : [turned];
}

function turn(hex: string): string {
  return (hex.match(/../g) ?? []).toReversed().join('');
}
