// Lists of packages whose frames do not name a bug, as a product sets them: `java,javax,!java.demo`.

/** What a product starts with. */
export const DEFAULT_UNINTERESTING_PACKAGES = 'java,javax,sun,org.eclipse';

const MAX_ENTRIES = 1000;

/** Decides whether a package is interesting: the first entry that covers it wins, and nothing covers it means yes. */
export type PackageFilter = (packageName: string) => boolean;

/** Reads a list. Entries cover whole dot segments (`java` does not cover `javax`); `!` makes what it covers interesting. */
export function packageFilter(list: string): PackageFilter {
  const entries = list
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && entry !== '!')
    .slice(0, MAX_ENTRIES)
    .map((entry) =>
      entry.startsWith('!')
        ? { prefix: `${entry.slice(1).trim()}.`, interesting: true }
        : { prefix: `${entry}.`, interesting: false },
    );
  return (packageName) =>
    entries.find(({ prefix }) => `${packageName}.`.startsWith(prefix))?.interesting ?? true;
}
