// What both CrashKit APIs say about one occurrence's stack, in one form. Root cause first, innermost frame first.

/** One place in the code, with the defaults of the original server applied. */
export interface CrashKitLocation {
  /** Installation-independent name of the place's container; falls back to the module or the file. */
  readonly package: string;
  readonly module: string;
  readonly file: string;
  /** Null where the client sent neither a class nor a method. */
  readonly className: string | null;
  /** Empty where there is only one name: that is then the class. */
  readonly method: string;
  readonly line: number;
  readonly column: number | null;
  /** True where the place belongs to the application. */
  readonly claimed: boolean;
  /** Who said so: `client`, an ownership rule such as `ownership.paths[0]`, or null where nobody did. */
  readonly claimedBy: string | null;
  /** Source lines around the place; the middle one is the line itself. */
  readonly source: readonly string[];
  /** Local variables with their values as text. */
  readonly locals: Readonly<Record<string, string>>;
  /** Where it stood before it was mapped to its source; absent: it was not. */
  readonly minified?: string;
  /** Why it was not mapped, in a sentence. */
  readonly unmapped?: string;
}

/** One exception of a chain of causes. */
export interface CrashKitException {
  readonly name: string;
  readonly message: string;
  readonly locations: readonly CrashKitLocation[];
  /** Details of this exception alone (1.0 API). */
  readonly data: Readonly<Record<string, string>>;
}

/** A stack as it was understood, with remarks on what was left out. */
export interface CrashKitStack {
  readonly api: 'current' | '1.0';
  readonly language: string;
  readonly exceptions: readonly CrashKitException[];
  readonly notes: readonly string[];
}

/** The place that a bug is named after. */
export interface DefinitiveLocation {
  readonly exceptionIndex: number;
  /** Null where no exception has a location, so that the name alone stands for the place. */
  readonly locationIndex: number | null;
  readonly name: string;
  readonly package: string;
  readonly className: string | null;
  readonly method: string;
  readonly line: number;
  /** Why this place was chosen, for "why is this report here". */
  readonly because: string;
}
