// Which location of a CrashKit stack names the bug.
import { isClientLibraryFrame } from './client-library.ts';
import type { CrashKitException, CrashKitLocation, DefinitiveLocation } from './occurrence.ts';
import { DEFAULT_UNINTERESTING_PACKAGES, type PackageFilter, packageFilter } from './packages.ts';

/** What a product may set about the choice. */
export interface DefinitiveLocationOptions {
  /** Which packages are interesting; the default is `DEFAULT_UNINTERESTING_PACKAGES`. */
  readonly interesting?: PackageFilter;
  /** Which frames are a client library's own. */
  readonly isClientLibrary?: (language: string, location: CrashKitLocation) => boolean;
}

interface Candidate {
  readonly exceptionIndex: number;
  readonly locationIndex: number;
  readonly exception: CrashKitException;
  readonly location: CrashKitLocation;
}

/**
 * The first claimed location, exceptions in order (root cause first, innermost frame first); else the first whose
 * package is interesting; else the very first. Frames of the client library take part only where there is no other
 * frame. Without any location the name of the first exception stands alone. Null without any exception.
 */
export function definitiveLocation(
  language: string,
  exceptions: readonly CrashKitException[],
  options: DefinitiveLocationOptions = {},
): DefinitiveLocation | null {
  const {
    interesting = packageFilter(DEFAULT_UNINTERESTING_PACKAGES),
    isClientLibrary = isClientLibraryFrame,
  } = options;
  const isOther = (location: CrashKitLocation): boolean => !isClientLibrary(language, location);
  const hasOthers = firstOf(exceptions, isOther) !== null;
  const find = (wanted: (location: CrashKitLocation) => boolean): Candidate | null =>
    firstOf(exceptions, (location) => wanted(location) && (!hasOthers || isOther(location)));

  const claimed = find((location) => location.claimed);
  if (claimed !== null) return chosen(claimed, 'it is the first location of the application');
  const interestingOne = find((location) => interesting(location.package));
  if (interestingOne !== null) {
    return chosen(interestingOne, 'it is the first location outside the uninteresting packages');
  }
  const first = find(() => true);
  if (first !== null)
    return chosen(first, 'every location is in an uninteresting package, and it is the first');
  const named = exceptions[0];
  if (named === undefined) return null;
  return {
    exceptionIndex: 0,
    locationIndex: null,
    name: named.name,
    package: '',
    className: null,
    method: '',
    line: 0,
    because: 'the stack is empty, so the name alone counts',
  };
}

function firstOf(
  exceptions: readonly CrashKitException[],
  wanted: (location: CrashKitLocation) => boolean,
): Candidate | null {
  for (const [exceptionIndex, exception] of exceptions.entries()) {
    const locationIndex = exception.locations.findIndex((location) => wanted(location));
    const location = exception.locations[locationIndex];
    if (location !== undefined) return { exceptionIndex, locationIndex, exception, location };
  }
  return null;
}

function chosen(
  { exceptionIndex, locationIndex, exception, location }: Candidate,
  because: string,
): DefinitiveLocation {
  const { package: packageName, className, method, line } = location;
  const { name } = exception;
  return { exceptionIndex, locationIndex, name, package: packageName, className, method, line, because };
}
