// How commands are called on this machine: sources run in a clone, where npm starts them; the package installs `mayday`.

/** What stands before the name of a command in sentences and in samples to copy. */
export const COMMAND = import.meta.url.endsWith('.ts') ? 'npm run mayday --' : 'mayday';
