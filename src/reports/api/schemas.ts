// The JSON Schemas of the API, by name: components of the OpenAPI document.
import { PROTOCOLS, REPORT_STATES } from '../../report/report.ts';
import { ROLES } from '../../store/people.ts';
import type { Schema } from './operation.ts';

const text: Schema = { type: 'string' };
const textOrNull: Schema = { type: ['string', 'null'] };
const count: Schema = { type: 'integer', minimum: 0 };
const bytes: Schema = { type: 'integer', minimum: 0, description: 'Bytes.' };
const time: Schema = { type: 'string', format: 'date-time' };
const timeOrNull: Schema = { type: ['string', 'null'], format: 'date-time' };
const flag: Schema = { type: 'boolean' };
const sha256: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

const pageOf = (items: Schema): Schema =>
  record({
    rows: listOf(items),
    next: { ...textOrNull, description: '`cursor` of the next page; null: the last.' },
  });

const jami = record({
  clientSha: textOrNull,
  jamicoreSha: textOrNull,
  buildId: textOrNull,
  guid: textOrNull,
  platform: textOrNull,
});

const reportBase = {
  crashId: text,
  account: text,
  product: text,
  protocol: { enum: PROTOCOLS },
  version: textOrNull,
  platform: textOrNull,
  receivedAt: time,
  state: { enum: REPORT_STATES },
  installation: textOrNull,
  jami: { anyOf: [jami, { type: 'null' }] },
};

/** Every named schema. */
export const SCHEMAS = {
  Error: record({ error: record({ code: text, message: text }) }),
  ReportRow: record({ ...reportBase, attachmentCount: count, size: bytes, noteCount: count, url: text }),
  ReportPage: pageOf(ref('ReportRow')),
  Annotation: record({ key: text, value: text, protected: flag }),
  Attachment: record(
    {
      name: text,
      kind: { enum: ['minidump', 'file', 'payload'] },
      filename: { ...textOrNull, description: 'As the client gave it; protected.' },
      contentType: textOrNull,
      size: bytes,
      sha256,
      url: { ...text, description: 'Where the bytes are; only with the right to protected data.' },
    },
    ['filename', 'url'],
  ),
  Report: record({
    schema: count,
    ...reportBase,
    notes: listOf(text),
    payloadKind: { enum: ['multipart', 'json', 'text'] },
    encoding: text,
    bodyBytes: bytes,
    userAgent: textOrNull,
    clientHash: textOrNull,
    throttle: record({ rule: text, action: { enum: ['accept', 'defer', 'reject', 'fake_accept'] } }),
    annotations: listOf(ref('Annotation')),
    protectedOmitted: {
      ...count,
      description: 'Annotations left out for lack of the right to protected data.',
    },
    attachments: listOf(ref('Attachment')),
  }),
  InboxEntry: record(
    {
      at: time,
      protocol: textOrNull,
      method: text,
      path: text,
      product: textOrNull,
      outcome: text,
      reason: text,
      detail: text,
      status: { type: 'integer' },
      bodyBytes: bytes,
      clientHash: textOrNull,
      crashId: textOrNull,
      headers: { type: 'object', additionalProperties: text, description: 'Protected.' },
    },
    ['headers'],
  ),
  InboxPage: pageOf(ref('InboxEntry')),
  Status: record({
    version: text,
    commit: textOrNull,
    reports: count,
    reportsByState: record(Object.fromEntries(REPORT_STATES.map((state) => [state, count]))),
    usedBytes: bytes,
    limitBytes: bytes,
    diskFreeBytes: bytes,
    databaseBytes: bytes,
    oldestReportAt: timeOrNull,
    newestReportAt: timeOrNull,
    reportsLastHour: count,
    reportsLastDay: count,
    pruned: count,
    schemaVersion: count,
  }),
  Product: record({
    account: text,
    name: text,
    createdAt: time,
    automatic: { ...flag, description: 'Made by its first report.' },
    requireKey: { ...flag, description: 'Reports without the upload key are refused.' },
    uploadKey: textOrNull,
    publicAnnotations: listOf(text),
    keepDays: { type: ['integer', 'null'], minimum: 1 },
    reportCount: count,
    lastReportAt: timeOrNull,
  }),
  ProductList: record({ rows: listOf(ref('Product')) }),
  NewProduct: record({ account: text, name: text }, ['account']),
  ProductChange: {
    type: 'object',
    properties: {
      requireKey: flag,
      newUploadKey: { ...flag, description: 'true: replaces the upload key by a fresh one.' },
      publicAnnotations: listOf(text),
      keepDays: { type: ['integer', 'null'], minimum: 1, maximum: 36_500 },
    },
    additionalProperties: false,
  },
  Person: record({
    email: textOrNull,
    name: text,
    role: { enum: ROLES },
    seesProtected: flag,
  }),
  Token: record({
    id: count,
    label: text,
    role: { enum: ROLES },
    seesProtected: flag,
    createdAt: time,
    expiresAt: timeOrNull,
    lastUsedAt: timeOrNull,
  }),
  TokenList: record({ rows: listOf(ref('Token')) }),
  NewToken: record(
    {
      label: text,
      role: { enum: ROLES },
      seesProtected: flag,
      expiresInDays: { type: ['integer', 'null'], minimum: 1, maximum: 3650 },
    },
    ['role', 'seesProtected', 'expiresInDays'],
  ),
  CreatedToken: {
    allOf: [ref('Token'), record({ token: { ...text, description: 'The secret, shown this once.' } })],
  },
} as const satisfies Readonly<Record<string, Schema>>;

/** A reference to a named schema. */
export function schemaRef(name: keyof typeof SCHEMAS): Schema {
  return ref(name);
}
