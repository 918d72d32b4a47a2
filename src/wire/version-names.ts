// The annotations of crash handlers' forms that tell the version of the program, by precedence (docs/protocols/crashpad.md).
// Electron sends its own version as `ver` and the program's as `_version`.
export const VERSION_NAMES = ['Version', '_version', 'version', 'ver'] as const;
