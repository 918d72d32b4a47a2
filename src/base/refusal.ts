// The closed vocabulary of refusals: every way in which the submit server turns a request away, in one table.
// The code is what the client reads, the inbox shows and the metric counts; docs/errors.md is compared with it by a test.

/** One row: the HTTP status, the sentence that tells an operator what happened, and what to change so that it does not happen again. */
export interface RefusalRow {
  readonly status: number;
  readonly meaning: string;
  /** At the client, and where only the server can mend it, there. */
  readonly remedy: string;
}

/** Every refusal. Codes are permanent: clients and dashboards know them (Socorro's spelling where it has one). */
export const REFUSALS = {
  no_content_type: {
    status: 400,
    meaning: 'The request has no Content-Type header.',
    remedy:
      'Send a Content-Type: HTTP libraries write it themselves when they are given form fields and files.',
  },
  wrong_content_type: {
    status: 400,
    meaning: 'The Content-Type is neither multipart/form-data nor multipart/mixed.',
    remedy: 'Send the report as multipart/form-data; with curl, `-F name=value` in place of `-d`.',
  },
  no_boundary: {
    status: 400,
    meaning: 'The Content-Type names no multipart boundary.',
    remedy:
      'Let the HTTP library write the Content-Type: one that is set by hand lacks the boundary of the body.',
  },
  no_content_length: {
    status: 400,
    meaning: 'The request has neither a Content-Length above 0 nor a chunked body.',
    remedy: 'Send the body with its Content-Length, or chunked; an empty upload holds no report.',
  },
  bad_gzip: {
    status: 400,
    meaning: 'The body is not what its Content-Encoding says, or ends early.',
    remedy:
      'Compress the whole body once, with what Content-Encoding names, or leave that header out; see that no proxy changes the body.',
  },
  unknown_encoding: {
    status: 400,
    meaning: 'The Content-Encoding is none of gzip, deflate, br, zstd and identity.',
    remedy: 'Compress with gzip, deflate, br or zstd, or send the body as it is without Content-Encoding.',
  },
  invalid_payload_structure: {
    status: 400,
    meaning: 'The multipart framing is broken or ends early.',
    remedy:
      'Build the body with the form functions of an HTTP library; see that the program does not end while it sends.',
  },
  no_annotations: {
    status: 400,
    meaning: 'The report has no annotations.',
    remedy:
      'Send form fields beside the minidump, at least product and version: `prod` and `ver`, or `ProductName` and `Version`.',
  },
  has_json_and_kv: {
    status: 400,
    meaning: 'The report has annotations both as form fields and in the JSON part "extra".',
    remedy: 'Send the annotations in the part `extra` or as form fields, not both.',
  },
  invalid_json: {
    status: 400,
    meaning: 'The JSON part cannot be parsed.',
    remedy: 'Have a JSON library write the JSON, in UTF-8, and send it whole.',
  },
  invalid_json_value: {
    status: 400,
    meaning: 'The JSON part is not an object.',
    remedy: 'Send a JSON object, `{"ProductName": "…", …}`, not a list, text or number.',
  },
  duplicate_extra: {
    status: 400,
    meaning: 'The report has more than one part named "extra".',
    remedy: 'Send one part named `extra`, with all annotations in it.',
  },
  invalid_dump_name: {
    status: 400,
    meaning: 'The name of a binary part is empty after cleaning, or occurs twice.',
    remedy: 'Give each file of the form a name of its own; the minidump is `upload_file_minidump`.',
  },
  invalid_annotation_name: {
    status: 400,
    meaning: 'The name of an annotation is missing or too long.',
    remedy: 'Name every form field, shorter than MAX_NAME_LENGTH.',
  },
  too_many_parts: {
    status: 400,
    meaning: 'The form has more parts than MAX_PARTS.',
    remedy:
      'Send fewer fields and files: join what belongs together in one file. Or raise MAX_PARTS at the server.',
  },
  too_many_annotations: {
    status: 400,
    meaning: 'The report has more annotations than MAX_ANNOTATIONS.',
    remedy:
      'Send fewer annotations: one for each thing, not one for each event; a log is better sent as a file. Or raise MAX_ANNOTATIONS at the server.',
  },
  part_header_too_large: {
    status: 400,
    meaning: 'The header of a part is larger than MAX_PART_HEADER_BYTES.',
    remedy: 'Send short field and file names, without paths. Or raise MAX_PART_HEADER_BYTES at the server.',
  },
  text_part_too_large: {
    status: 413,
    meaning: 'A text part is larger than MAX_TEXT_PART_KB.',
    remedy:
      'Send long texts, such as logs, as files (with a `filename`), or cut them. Or raise MAX_TEXT_PART_KB at the server.',
  },
  too_large: {
    status: 413,
    meaning: 'The decoded body is larger than the limit of its protocol.',
    remedy:
      'Write small minidumps, without full memory, and cut logs before they are sent. Or raise MAX_UPLOAD_SIZE_MB (events of Sentry’s clients: MAX_EVENT_KB) at the server.',
  },
  decompression_ratio: {
    status: 413,
    meaning: 'The body grows by more than MAX_DECOMPRESSION_RATIO when decoded.',
    remedy:
      'Send less repetition: a body that shrinks so much is mostly empty memory or the same line again. Or raise MAX_DECOMPRESSION_RATIO at the server.',
  },
  too_costly: {
    status: 413,
    meaning: 'The body takes more work than its size explains: too many pieces, or too much processor time.',
    remedy: 'Send fewer and larger pieces: few fields, shallow JSON, no many tiny chunks.',
  },
  too_slow: {
    status: 408,
    meaning: 'The client stopped sending, or took longer than the total time.',
    remedy:
      'Try again on a better connection, or send less. Many of them: see whether a proxy holds bodies back, or raise REQUEST_TIMEOUT_SECONDS.',
  },
  incomplete_body: {
    status: 400,
    meaning: 'The connection ended before the body did.',
    remedy:
      'See that the program waits for the answer before it ends, and that no proxy limits the size or time of bodies.',
  },
  bad_request: {
    status: 400,
    meaning: 'The request is not HTTP that can be understood.',
    remedy:
      'Send HTTP/1.1 to this port: http:// where the server has no certificate, https:// where it has one.',
  },
  bad_report_id: {
    status: 400,
    meaning: 'The report id in the path is not 64 hexadecimal digits.',
    remedy: 'PUT to /newcrash/ and the SHA-256 of the body, in 64 hexadecimal digits.',
  },
  report_id_mismatch: {
    status: 400,
    meaning: 'The SHA-256 of the body is not the report id in the path.',
    remedy: 'Compute the SHA-256 over the very bytes that are sent, after the last change to them.',
  },
  'json-payload-required': {
    status: 400,
    meaning: 'The CrashKit payload is empty.',
    remedy: 'Send the report as JSON in the body of the request.',
  },
  'invalid-client-id': {
    status: 403,
    meaning: 'The CrashKit client id is unknown, its cookie wrong, or it belongs to another product.',
    remedy:
      'Have the client forget its id and cookie and ask for new ones; do not copy its settings between machines or products.',
  },
  'invalid-report': {
    status: 400,
    meaning: 'The strict mode of the CrashKit 1.0 API found faults.',
    remedy:
      'Change what each `problem` line of the answer names, or send without strict mode: it is for tests of clients.',
  },
  'not-found': {
    status: 404,
    meaning: 'The account or product does not exist.',
    remedy:
      'Check account and product in the address for spelling, or create the product here. AUTO_PRODUCTS lets first reports create it.',
  },
  unauthorized_uuid: {
    status: 401,
    meaning: 'The report carries its own crash id without the configured bearer token.',
    remedy: 'Send `Authorization: Bearer` with the token of UUID_TOKEN, or leave the annotation `uuid` out.',
  },
  unknown_key: {
    status: 401,
    meaning: 'The upload key is unknown, or the product requires one.',
    remedy:
      'Put the address of the product’s integration page into the client: the key in it was replaced, or is missing.',
  },
  no_key: {
    status: 401,
    meaning: 'Neither query, header nor envelope names a key (DSN).',
    remedy: 'Give the SDK the whole DSN of the product’s integration page, with the key before the @.',
  },
  bad_key: {
    status: 400,
    meaning: 'The key (DSN) is not one: 32 hexadecimal digits, or a DSN as a URL.',
    remedy: 'Copy the DSN of the product’s integration page whole: something of it is missing or changed.',
  },
  key_rejected: {
    status: 403,
    meaning: 'The key (DSN) is unknown, switched off, of another product, or not the only one.',
    remedy:
      'Use a DSN of the product’s integration page that is switched on, and only one; its number at the end belongs to the product.',
  },
  origin_rejected: {
    status: 403,
    meaning: 'The product takes nothing from pages of this origin.',
    remedy:
      'Add the origin of the page to those that the product takes (settings of the product), or send from one of them.',
  },
  invalid_envelope: {
    status: 400,
    meaning: 'The envelope is damaged and holds no event before the damage.',
    remedy:
      'Have the SDK write the envelope, and see that no proxy changes the body; the lengths in its items must be those of the bytes that follow.',
  },
  no_event: {
    status: 400,
    meaning: 'Attachments without an event need the event_id of one in the header of the envelope.',
    remedy: 'Send the event in the same envelope, or its `event_id` in the envelope’s header.',
  },
  no_minidump: {
    status: 400,
    meaning: 'The form holds no minidump, or the body is empty.',
    remedy:
      'Send the minidump as a file named `upload_file_minidump`, and look whether the client could write one: it may be empty.',
  },
  invalid_archive: {
    status: 400,
    meaning: 'The body is no archive of the Unreal Engine (zlib, `CR1`).',
    remedy: 'Send the archive of the crash report client of the Unreal Engine as it is.',
  },
  invalid_event: {
    status: 400,
    meaning: 'The event is no JSON object, or its body cannot be unpacked.',
    remedy: 'Have the SDK write the event: one JSON object, compressed as Content-Encoding says.',
  },
  unknown_path: {
    status: 404,
    meaning: 'No protocol has this path.',
    remedy:
      'Compare the address with the product’s integration page. Pages, symbols and the API are at the reports server, which has another port.',
  },
  method_not_allowed: {
    status: 405,
    meaning: 'The path exists, but not for this method.',
    remedy:
      'POST reports (Syncthing: PUT); a GET, also one after a redirect from http to https, brings none.',
  },
  too_many_uploads: {
    status: 503,
    meaning: 'The client address has more uploads under way than MAX_UPLOADS_PER_CLIENT.',
    remedy:
      'Wait and try again, one upload at a time. Where all clients come through one proxy, set TRUST_PROXY at the server.',
  },
  too_many_slow: {
    status: 503,
    meaning: 'More large bodies than MAX_SLOW_UPLOADS trickle in at once; the slowest were ended.',
    remedy: 'Try again later. Where many clients are slow, raise MAX_SLOW_UPLOADS at the server.',
  },
  too_much_text: {
    status: 503,
    meaning: 'The texts of all uploads under way are MAX_UPLOAD_TEXTS_MB, and no room came free in time.',
    remedy:
      'Try again later; send long texts, such as logs, as files (with a `filename`). Where memory allows it, raise MAX_UPLOAD_TEXTS_MB at the server.',
  },
  disk_full: {
    status: 503,
    meaning: 'The disk guard tripped: too little free space, or nothing left to prune.',
    remedy:
      'Nothing: clients try again after Retry-After. Give the server space: a larger disk, MAX_REPORTS_SIZE_MB or KEEP_DAYS.',
  },
  storage_failed: {
    status: 503,
    meaning: 'The report could not be written to stable storage.',
    remedy:
      'Nothing: clients try again after Retry-After. Look into the server’s log: its disk or database failed.',
  },
  internal_error: {
    status: 500,
    meaning: 'A fault of Mayday itself; the log has the stack.',
    remedy: 'Nothing: report it with the stack that the server’s log has.',
  },
  shutting_down: {
    status: 503,
    meaning: 'The server is stopping.',
    remedy: 'Nothing: clients try again after Retry-After, and the server is back.',
  },
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
