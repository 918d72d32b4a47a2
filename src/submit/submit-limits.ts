// The limits of the submit server: every dimension of a request that a client could drive up.

/** Set by the settings of the same names. */
export interface SubmitLimits {
  /** Decoded body. */
  readonly maxUploadBytes: number;
  readonly maxParts: number;
  readonly maxPartHeaderBytes: number;
  readonly maxTextPartBytes: number;
  readonly maxAnnotations: number;
  /** Characters in the name of an annotation, part, product or account. */
  readonly maxNameLength: number;
  /** Decoded bytes for each byte on the wire. */
  readonly maxDecompressionRatio: number;
  /** Without a byte from a client that is being waited for. */
  readonly idleTimeoutMs: number;
  /** From the request head to the last byte of the body. */
  readonly requestTimeoutMs: number;
  readonly maxUploadsPerClient: number;
  /** Texts of all uploads under way, together, that are held in memory. */
  readonly maxUploadTextBytes?: number;
  /** Large bodies that may trickle in at once. */
  readonly maxSlowUploads?: number;
  /** Connections at once; more are closed at once, so that open files are left for reports and the store. */
  readonly maxConnections?: number;
}
