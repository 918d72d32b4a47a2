// Symbol text in another encoding than UTF-8: a PowerShell redirect (`dump_syms app.pdb > app.sym`) writes UTF-16, and its `Out-File`
// puts a byte order mark before UTF-8. Both are read as the text that was meant.

/** Byte order marks, each with the letter `M`, with which every symbol file begins: other files that begin alike are left alone. */
const MARKS = [
  { mark: [0xff, 0xfe, 0x4d, 0x00], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff, 0x00, 0x4d], encoding: 'utf-16be' },
  { mark: [0xef, 0xbb, 0xbf, 0x4d], encoding: 'utf-8' },
] as const;
const MARK_BYTES = 4;

type Decoder = InstanceType<typeof TextDecoder>;

/** Decodes the pieces of a file whose first bytes tell such an encoding; what anything else holds passes as it is. */
export class SymbolTextEncoding {
  /** Null: not known yet; `as_is`: nothing to decode. */
  private decoder: Decoder | 'as_is' | null = null;
  private readonly encoder = new TextEncoder();
  private start: Uint8Array = new Uint8Array(0);

  /** The next piece as UTF-8; empty as long as the encoding is not known. */
  write(piece: Uint8Array): Uint8Array {
    if (this.decoder === 'as_is') return piece;
    if (this.decoder !== null) return this.encoder.encode(this.decoder.decode(piece, { stream: true }));
    const whole = new Uint8Array(this.start.length + piece.length);
    whole.set(this.start);
    whole.set(piece, this.start.length);
    this.start = whole;
    if (whole.length < MARK_BYTES) return new Uint8Array(0);
    this.start = new Uint8Array(0);
    this.decoder = decoderOf(whole);
    return this.write(whole);
  }

  /** What is left at the end. */
  end(): Uint8Array {
    if (this.decoder === null || this.decoder === 'as_is') return this.start;
    return this.encoder.encode(this.decoder.decode());
  }
}

function decoderOf(start: Uint8Array): Decoder | 'as_is' {
  const found = MARKS.find(({ mark }) => mark.every((byte, at) => start[at] === byte));
  // Decoders take a byte order mark away.
  return found === undefined ? 'as_is' : new TextDecoder(found.encoding);
}
