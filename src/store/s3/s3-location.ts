// Where something lies in S3, as people write it: `s3://bucket/prefix`.

/** A bucket, and what all keys begin with: empty, or names that end with `/`. */
export interface S3Location {
  readonly bucket: string;
  readonly prefix: string;
}

/** Whether a text is meant as such a place. */
export function isS3Url(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/** Reads it. Throws a sentence. The rule for buckets is Amazon's (3 to 63 of a-z, 0-9, `.` and `-`), with the `_` and capitals of others. */
export function parseS3Url(text: string): S3Location {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)\/?(.*)$/i.exec(text) ?? [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/.test(bucket) || bucket.includes('..'))
    throw new Error(`${text} names no bucket: it is written s3://bucket/prefix.`);
  const names = rest.replace(/\/+$/, '').split('/');
  if (rest === '' || names.join('') === '') return { bucket, prefix: '' };
  // A URL has no such names, and a key of 1024 bytes is the longest that there is.
  const isBad = (name: string): boolean =>
    name === '' || name === '.' || name === '..' || /\p{Cc}/u.test(name);
  if (names.some(isBad) || Buffer.byteLength(rest) > 800)
    throw new Error(`${text} has a prefix that is no path of plain names.`);
  return { bucket, prefix: `${names.join('/')}/` };
}
