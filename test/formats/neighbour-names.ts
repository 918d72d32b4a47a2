// Names that Breakpad gives to code behind the function that has them: libc's dynamic symbol table names few functions, and the nearest
// below is taken across any gap. Mayday says nothing where unwind information shows that other code begins between the two.

/** The real functions are `__libc_start_call_main`, `start_thread`, `clone3` and others, which the table does not name. */
const NEIGHBOURS = new Set([
  '__libc_init_first',
  'pthread_condattr_setpshared',
  '__xmknodat',
  '__nptl_death_event',
  'pthread_join',
]);

/** The expected name, unless it is a neighbour's and Mayday has none. */
export function expectedName(theirs: string, ours: string | undefined): string {
  return ours === '' && NEIGHBOURS.has(theirs) ? '' : theirs;
}
