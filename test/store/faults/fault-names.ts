// What can go wrong with a call to the file system or the database.

/**
 * `EIO`, `ENOSPC`, `EACCES`: the call fails and does nothing. `late`: it is done and fails all the same, as an fsync does. `short`: half of it
 * is written and it fails; of a statement, half of what it appended to the log, and the process ends. `kill`: the process ends before it.
 */
export const FAULTS = ['EIO', 'ENOSPC', 'EACCES', 'late', 'short', 'kill'] as const;
export type Fault = (typeof FAULTS)[number];

/** Which calls are counted: all, those that remove files, those that end a transaction. */
export const SORTS = ['any', 'removal', 'commit'] as const;
export type Sort = (typeof SORTS)[number];
