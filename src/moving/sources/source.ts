// The contract of a foreign source: a folder that another program keeps reports or symbols in, read as the requests and uploads that its
// clients would have sent to Mayday. A source is never changed. Adding one: docs/extending.md.
import type { Readable } from 'node:stream';
import type { LocalIntake, LocalRequest } from '../../submit/local-intake.ts';
import type { SourceFolder } from '../source-folder.ts';

/** One thing that was found. `name` is what people know it by: its path in the source as a rule. */
export type SourceItem =
  | {
      readonly is: 'report';
      readonly name: string;
      /** Opens what belongs to it. Throws `FileRefused`. */
      request(intake: Pick<LocalIntake, 'formTarget'>): Promise<LocalRequest>;
    }
  | {
      readonly is: 'symbols';
      readonly name: string;
      readonly debugFile: string;
      readonly debugId: string;
      /** Where it comes from, for the list of symbols. */
      readonly origin: string;
      /** Throws `FileRefused`. */
      open(): Promise<{ readonly bytes: Readable; readonly size: number }>;
    }
  /** It stands there and cannot be had. `code` is one of the closed vocabulary. */
  | {
      readonly is: 'refused';
      readonly what: 'report' | 'symbols';
      readonly name: string;
      readonly code: string;
      readonly why: string;
    };

/** Where to look. */
export interface SourcePlace {
  readonly folder: SourceFolder;
  /** The file in it that was named; null: the folder itself was. */
  readonly file: string | null;
  /** The largest file that a report may bring. */
  readonly maxBytes: number;
}

export interface Source {
  /** What `--from` calls it. */
  readonly name: string;
  /** What a person calls it. */
  readonly title: string;
  /** Its reports name no product: they go to the one that people say, or to the default one. */
  readonly isNameless?: true;
  /** Whether this looks like one; may be wrong, so people can say what it is. Looks at a few names and files, never at everything. */
  detect(place: SourcePlace): Promise<boolean>;
  /** Everything in it, in an order that is the same every time. Throws `SourceRefused` where the source as a whole cannot be read. */
  items(place: SourcePlace): AsyncGenerator<SourceItem>;
}
