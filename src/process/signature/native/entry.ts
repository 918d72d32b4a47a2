// Where every program and every thread begins: a frame that is below all others names nothing.

const ENTRIES = /^(?:w?main|w?WinMain|DllMain|_?_?(?:invoke_main|tmain|start_thread))$/;

/** True for a normalised function that all stacks of a program have in common. */
export function isEntryFunction(name: string): boolean {
  return ENTRIES.test(name);
}
