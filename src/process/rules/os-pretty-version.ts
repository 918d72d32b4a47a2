// The system's name as people know it.
import { type ProcessingRule, textAt } from '../rule.ts';

const WINDOWS: Readonly<Record<string, string>> = {
  '3.5': 'Windows NT',
  '4.0': 'Windows NT',
  '4.1': 'Windows 98',
  '4.9': 'Windows Me',
  '5.0': 'Windows 2000',
  '5.1': 'Windows XP',
  '5.2': 'Windows Server 2003',
  '6.0': 'Windows Vista',
  '6.1': 'Windows 7',
  '6.2': 'Windows 8',
  '6.3': 'Windows 8.1',
  '10.0': 'Windows 10',
};
/** Windows 11 still calls itself 10.0; its first build is this one. */
const WINDOWS_11_BUILD = 21_996;

/** Sets `os_pretty_version`: `Windows 11`, `macOS 14`, `Android 33`, the name of a Linux distribution. */
export const osPrettyVersionRule: ProcessingRule = {
  name: 'OSPrettyVersionRule',
  act: ({ annotations, found }) => {
    const name = textAt(found, 'os_name');
    const version = textAt(found, 'os_version') ?? '';
    const linux =
      textAt(found, 'json_dump.lsb_release.description') || textAt(annotations, 'LinuxLSBDescription');
    return { found: { os_pretty_version: prettyVersion(name, version, linux || 'Linux') } };
  },
};

function prettyVersion(name: string | null, version: string, linux: string): string | null {
  if (name === 'Linux') return linux;
  if (name === 'Android') return version === '' ? name : `${name} ${version}`;
  const isWindows = name?.startsWith('Windows') === true;
  if (!isWindows && name !== 'Mac OS X') return name;
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (match === null) return name;
  const [major, minor, build] = match
    .slice(1)
    .map((part) => (part === undefined ? 0 : Number.parseInt(part, 10)));
  if (isWindows) {
    if (major === 10 && minor === 0 && (build ?? 0) >= WINDOWS_11_BUILD) return 'Windows 11';
    return WINDOWS[`${major}.${minor}`] ?? 'Windows Unknown';
  }
  if ((major ?? 0) >= 11) return `macOS ${major}`;
  return major === 10 ? `OS X ${major}.${minor}` : 'OS X Unknown';
}
