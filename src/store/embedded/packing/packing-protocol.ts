// What the pool says to its threads and hears from them. Several go together in one message, and buffers are moved, not copied.

/** A piece of an attachment: at most one frame's original bytes, the first `length` of `buffer`. */
export interface PieceTask {
  /** Which attachment. */
  readonly id: number;
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly last: boolean;
}

/** To a thread. `dropped`: attachments that end without a last piece. */
export interface ToPacker {
  readonly pieces: readonly PieceTask[];
  readonly dropped: readonly number[];
}

/** A piece that is packed; `buffer` comes back to be filled again. */
export interface PieceDone {
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Of the whole attachment, in hex, with its last piece. */
  readonly sha256: string | null;
  readonly buffer: ArrayBuffer;
}

/** From a thread: pieces in the order of the tasks, and how many messages are worked off with them. */
export interface FromPacker {
  readonly pieces: readonly PieceDone[];
  readonly messages: number;
}
