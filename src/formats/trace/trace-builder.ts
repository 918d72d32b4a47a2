// Collects exceptions and frames while a format is read, within limits, and turns them into a trace.
import type {
  Trace,
  TraceDatum,
  TraceException,
  TraceFormat,
  TraceFrame,
  TraceLink,
  TraceModule,
  TraceThread,
} from './trace.ts';

const MAX_FRAMES = 20_000;
const MAX_EXCEPTIONS = 200;
const MAX_MESSAGE_LENGTH = 32_768;

/** An exception that is still being read. */
export interface OpenException {
  kind: string;
  message: string;
  link: TraceLink;
  readonly frames: TraceFrame[];
  readonly attached: OpenException[];
  readonly data: TraceDatum[];
}

/** Holds what has been read so far. Over the limits it drops and notes, it never throws. */
export class TraceBuilder {
  readonly notes: string[];
  #frames = 0;
  #exceptions = 0;
  readonly #noted = new Set<string>();

  constructor(notes: readonly string[]) {
    this.notes = [...notes];
  }

  /** A new exception; beyond the limit one that belongs to nothing, so that reading can go on. */
  exception(kind: string, message: string, link: TraceLink = 'thrown'): OpenException {
    this.#exceptions += 1;
    return {
      kind: kind.trim(),
      message: message.slice(0, MAX_MESSAGE_LENGTH),
      link,
      frames: [],
      attached: [],
      data: [],
    };
  }

  /** True where no further exception should be kept. */
  get full(): boolean {
    if (this.#exceptions <= MAX_EXCEPTIONS) return false;
    this.note(`only the first ${MAX_EXCEPTIONS} exceptions were read`);
    return true;
  }

  /** Adds a frame to a list. */
  frame(list: TraceFrame[], frame: TraceFrame): void {
    if (this.#frames >= MAX_FRAMES) {
      this.note(`only the first ${MAX_FRAMES} frames were read`);
      return;
    }
    this.#frames += 1;
    list.push(frame);
  }

  /** Adds a line to a message that goes on. */
  appendMessage(exception: OpenException, line: string): void {
    if (exception.message.length + line.length < MAX_MESSAGE_LENGTH) exception.message += `\n${line}`;
    else this.note('a message was cut');
  }

  /** Notes something once. */
  note(text: string): void {
    if (this.#noted.has(text)) return;
    this.#noted.add(text);
    this.notes.push(text);
  }

  /** The finished trace; `exceptions` are root cause first. */
  trace(
    format: TraceFormat,
    exceptions: readonly OpenException[],
    {
      dialect = null,
      threads = [],
      data = [],
      address = null,
      modules = [],
    }: {
      readonly dialect?: string | null;
      readonly threads?: readonly TraceThread[];
      readonly data?: readonly TraceDatum[];
      readonly address?: string | null;
      readonly modules?: readonly TraceModule[];
    } = {},
  ): Trace {
    // The end of the list is what ended the program, so that end is kept.
    const kept = exceptions.slice(-MAX_EXCEPTIONS).map((exception) => closed(exception));
    const last = kept.at(-1);
    if (kept.length === 0) this.note('no exception was found in the text');
    return {
      format,
      dialect,
      kind: last?.kind ?? '',
      message: last?.message ?? '',
      exceptions: kept,
      threads,
      data,
      address,
      modules,
      notes: this.notes,
    };
  }
}

function closed(exception: OpenException): TraceException {
  return {
    kind: exception.kind,
    message: exception.message.trimEnd(),
    link: exception.link,
    frames: exception.frames,
    attached: exception.attached.map((attached) => closed(attached)),
    data: exception.data,
  };
}
