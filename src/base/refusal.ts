// The closed vocabulary of refusals: every way in which the submit server turns a request away, in one table.
// The code is what the client reads, the inbox shows and the metric counts; docs/errors.md is compared with it by a test.

/** One row: the HTTP status, and the sentence that tells an operator what happened. */
export interface RefusalRow {
  readonly status: number;
  readonly meaning: string;
}

/** Every refusal. Codes are permanent: clients and dashboards know them (Socorro's spelling where it has one). */
export const REFUSALS = {
  no_content_type: { status: 400, meaning: 'The request has no Content-Type header.' },
  wrong_content_type: {
    status: 400,
    meaning: 'The Content-Type is neither multipart/form-data nor multipart/mixed.',
  },
  no_boundary: { status: 400, meaning: 'The Content-Type names no multipart boundary.' },
  no_content_length: {
    status: 400,
    meaning: 'The request has neither a Content-Length above 0 nor a chunked body.',
  },
  bad_gzip: { status: 400, meaning: 'The body is not what its Content-Encoding says, or ends early.' },
  unknown_encoding: {
    status: 400,
    meaning: 'The Content-Encoding is none of gzip, deflate, br, zstd and identity.',
  },
  invalid_payload_structure: { status: 400, meaning: 'The multipart framing is broken or ends early.' },
  no_annotations: { status: 400, meaning: 'The report has no annotations.' },
  has_json_and_kv: {
    status: 400,
    meaning: 'The report has annotations both as form fields and in the JSON part "extra".',
  },
  invalid_json: { status: 400, meaning: 'The JSON part cannot be parsed.' },
  invalid_json_value: { status: 400, meaning: 'The JSON part is not an object.' },
  duplicate_extra: { status: 400, meaning: 'The report has more than one part named "extra".' },
  invalid_dump_name: {
    status: 400,
    meaning: 'The name of a binary part is empty after cleaning, or occurs twice.',
  },
  invalid_annotation_name: { status: 400, meaning: 'The name of an annotation is missing or too long.' },
  too_many_parts: { status: 400, meaning: 'The form has more parts than MAX_PARTS.' },
  too_many_annotations: {
    status: 400,
    meaning: 'The report has more annotations than MAX_ANNOTATIONS.',
  },
  part_header_too_large: {
    status: 400,
    meaning: 'The header of a part is larger than MAX_PART_HEADER_BYTES.',
  },
  text_part_too_large: {
    status: 413,
    meaning: 'A text part is larger than MAX_TEXT_PART_KB.',
  },
  too_large: { status: 413, meaning: 'The decoded body is larger than the limit of its protocol.' },
  decompression_ratio: {
    status: 413,
    meaning: 'The body grows by more than MAX_DECOMPRESSION_RATIO when decoded.',
  },
  too_costly: {
    status: 413,
    meaning: 'The body takes more work than its size explains: too many pieces, or too much processor time.',
  },
  too_slow: { status: 408, meaning: 'The client stopped sending, or took longer than the total time.' },
  incomplete_body: { status: 400, meaning: 'The connection ended before the body did.' },
  bad_request: { status: 400, meaning: 'The request is not HTTP that can be understood.' },
  bad_report_id: { status: 400, meaning: 'The report id in the path is not 64 hexadecimal digits.' },
  report_id_mismatch: {
    status: 400,
    meaning: 'The SHA-256 of the body is not the report id in the path.',
  },
  'json-payload-required': { status: 400, meaning: 'The CrashKit payload is empty.' },
  'invalid-client-id': {
    status: 403,
    meaning: 'The CrashKit client id is unknown, its cookie wrong, or it belongs to another product.',
  },
  'invalid-report': { status: 400, meaning: 'The strict mode of the CrashKit 1.0 API found faults.' },
  'not-found': { status: 404, meaning: 'The account or product does not exist.' },
  unauthorized_uuid: {
    status: 401,
    meaning: 'The report carries its own crash id without the configured bearer token.',
  },
  unknown_key: { status: 401, meaning: 'The upload key is unknown, or the product requires one.' },
  no_key: { status: 401, meaning: 'Neither query, header nor envelope names a key (DSN).' },
  bad_key: { status: 400, meaning: 'The key (DSN) is not one: 32 hexadecimal digits, or a DSN as a URL.' },
  key_rejected: {
    status: 403,
    meaning: 'The key (DSN) is unknown, switched off, of another product, or not the only one.',
  },
  origin_rejected: { status: 403, meaning: 'The product takes nothing from pages of this origin.' },
  invalid_envelope: {
    status: 400,
    meaning: 'The envelope is damaged and holds no event before the damage.',
  },
  no_event: {
    status: 400,
    meaning: 'Attachments without an event need the event_id of one in the header of the envelope.',
  },
  no_minidump: { status: 400, meaning: 'The form holds no minidump, or the body is empty.' },
  invalid_archive: { status: 400, meaning: 'The body is no archive of the Unreal Engine (zlib, `CR1`).' },
  invalid_event: { status: 400, meaning: 'The event is no JSON object, or its body cannot be unpacked.' },
  unknown_path: { status: 404, meaning: 'No protocol has this path.' },
  method_not_allowed: { status: 405, meaning: 'The path exists, but not for this method.' },
  too_many_uploads: {
    status: 503,
    meaning: 'The client address has more uploads under way than MAX_UPLOADS_PER_CLIENT.',
  },
  too_many_slow: {
    status: 503,
    meaning: 'More large bodies than MAX_SLOW_UPLOADS trickle in at once; the slowest were ended.',
  },
  disk_full: {
    status: 503,
    meaning: 'The disk guard tripped: too little free space, or nothing left to prune.',
  },
  storage_failed: { status: 503, meaning: 'The report could not be written to stable storage.' },
  internal_error: { status: 500, meaning: 'A fault of Mayday itself; the log has the stack.' },
  shutting_down: { status: 503, meaning: 'The server is stopping.' },
} as const satisfies Readonly<Record<string, RefusalRow>>;

/** One code of the closed vocabulary. */
export type RefusalCode = keyof typeof REFUSALS;

/** Thrown on the way of a request when it must be turned away; the adapter of its protocol words the answer. */
export class Refused extends Error {
  readonly code: RefusalCode;
  /** What an operator should know beyond the code: the size, the name, the fault. Never sent as is to a browser. */
  readonly detail: string;
  /** One sentence for each fault, for the protocols that answer them (CrashKit's strict mode). */
  readonly problems: readonly string[];

  constructor(
    code: RefusalCode,
    detail = '',
    options: { readonly cause?: unknown; readonly problems?: readonly string[] } = {},
  ) {
    super(detail === '' ? code : `${code}: ${detail}`, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'Refused';
    this.code = code;
    this.detail = detail;
    this.problems = options.problems ?? [];
  }
}
