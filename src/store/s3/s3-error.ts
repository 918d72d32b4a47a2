// What an S3 server answers when it refuses, and what to do about the usual ones.

/** A refusal. `status` is that of HTTP, 0 where none came; `code` is S3's (`AccessDenied`, `NoSuchKey`, …). */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'S3Error';
    this.status = status;
    this.code = code;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Make the bucket first, or correct its name.',
  AccessDenied:
    'The key needs s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload there, and s3:ListBucketMultipartUploads to end uploads that were left half.',
  InvalidAccessKeyId: 'Correct AWS_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'Correct AWS_SECRET_ACCESS_KEY.',
  ExpiredToken: 'AWS_SESSION_TOKEN is over: get a new one.',
  RequestTimeTooSkewed: 'The clock of this machine is wrong: set it.',
  PermanentRedirect: 'The bucket is in another region: correct AWS_REGION.',
  AuthorizationHeaderMalformed: 'The bucket is in another region: correct AWS_REGION.',
};

/** The sentence for a refusal. `what`: the call, for people. */
export function refusalOf(status: number, body: string, what: string): S3Error {
  const code = /<Code>([^<]{1,100})<\/Code>/.exec(body)?.[1] ?? CODES[status] ?? `HTTP ${status}`;
  const said = /<Message>([^<]{1,500})<\/Message>/.exec(body)?.[1] ?? '';
  const advice = ADVICE[code] ?? '';
  const sentence = [
    `${what} was refused: ${code}${said === '' ? '' : ` (${said.replace(/\.$/, '')})`}.`,
    advice,
  ];
  return new S3Error(status, code, sentence.join(' ').trimEnd());
}

/** Answers to HEAD have no body. */
const CODES: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  307: 'PermanentRedirect',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
};

/** Whether the same request may succeed later: the server is busy, or nothing came at all. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof S3Error)) return true;
  return (
    error.status === 0 ||
    error.status === 429 ||
    error.status === 408 ||
    (error.status >= 500 && error.status !== 501) ||
    /^(RequestTimeout|SlowDown|OperationAborted|ConditionalRequestConflict)$/.test(error.code)
  );
}
