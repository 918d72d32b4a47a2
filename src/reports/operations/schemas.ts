// The JSON Schemas of the API, by name: components of the OpenAPI document.
import { PROTOCOLS, REPORT_STATES } from '../../report/report.ts';
import { TOKEN_SCOPES } from '../../store/people.ts';
import { ROLES } from '../../store/rights.ts';
import { ACCOUNT_SCHEMAS } from './account-schemas.ts';
import { BUG_SCHEMAS } from './bug-schemas.ts';
import { ERASURE_SCHEMAS } from './erasure-schemas.ts';
import { AUDIT_SCHEMAS } from './audit-schemas.ts';
import { ALERT_SCHEMAS } from './alert-schemas.ts';
import { NOTIFICATION_SCHEMAS } from './notification-schemas.ts';
import {
  text,
  textOrNull,
  count,
  bytes,
  time,
  timeOrNull,
  flag,
  sha256,
  listOf,
  ref,
  record,
  pageOf,
  searchedPageOf,
} from './schema-parts.ts';
import { TICKET_SCHEMAS } from './ticket-schemas.ts';
import { RELEASE_SCHEMAS } from './release-schemas.ts';
import { SEARCH_SCHEMAS } from './search-schemas.ts';
import { SYMBOL_SCHEMAS } from './symbol-schemas.ts';
import type { Schema } from './operation.ts';

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
  installation: {
    ...textOrNull,
    description: 'With the right to protected data what the client calls it, else `#` and its number.',
  },
  installationNumber: { type: ['integer', 'null'], description: 'Stands for it within its product.' },
  jami: { anyOf: [jami, { type: 'null' }] },
};

/** Every named schema. */
export const SCHEMAS = {
  ...NOTIFICATION_SCHEMAS,
  ...ACCOUNT_SCHEMAS,
  ...ALERT_SCHEMAS,
  ...AUDIT_SCHEMAS,
  ...ERASURE_SCHEMAS,
  ...BUG_SCHEMAS,
  ...SEARCH_SCHEMAS,
  ...RELEASE_SCHEMAS,
  ...TICKET_SCHEMAS,
  ...SYMBOL_SCHEMAS,
  Error: record({ error: record({ code: text, message: text }) }),
  ReportRow: record({
    ...reportBase,
    attachmentCount: count,
    size: bytes,
    noteCount: count,
    crash: {
      anyOf: [record({ bugId: count, signature: text, platform: textOrNull }), { type: 'null' }],
      description: 'The first of its crashes; null: it is not processed.',
    },
    url: text,
  }),
  ReportPage: searchedPageOf('reports', ref('ReportRow')),
  Annotation: record({ key: text, value: text, protected: flag }),
  Attachment: record(
    {
      name: text,
      kind: { enum: ['minidump', 'file', 'payload'] },
      filename: { ...textOrNull, description: 'As the client gave it; protected.' },
      contentType: { ...textOrNull, description: 'Protected.' },
      size: bytes,
      sha256: { ...sha256, description: 'Protected: it confirms a guess of what is in a small file.' },
      url: { ...text, description: 'Where the bytes are; only with the right to protected data.' },
    },
    ['filename', 'contentType', 'sha256', 'url'],
  ),
  Report: record({
    schema: count,
    ...reportBase,
    pinned: { ...flag, description: 'Pruned last.' },
    notes: listOf(text),
    payloadKind: { enum: ['multipart', 'json', 'text'] },
    encoding: text,
    bodyBytes: bytes,
    userAgent: { ...textOrNull, description: 'Protected.' },
    clientHash: { ...textOrNull, description: 'Protected.' },
    throttle: record({ rule: text, action: { enum: ['accept', 'defer', 'reject', 'fake_accept'] } }),
    gone: {
      anyOf: [ref('GoneParts'), { type: 'null' }],
      description: 'What went before the report itself, as its product decided (docs/retention.md).',
    },
    annotations: listOf(ref('Annotation')),
    protectedOmitted: {
      ...count,
      description: 'Annotations left out for lack of the right to protected data.',
    },
    attachments: listOf(ref('Attachment')),
  }),
  GoneParts: record({
    dumps: {
      anyOf: [
        record({
          at: time,
          why: {
            enum: ['walked', 'days', 'newest'],
            description:
              '`walked`: only stacks are kept; `days`: it was too old; `newest`: newer reports of the bug keep theirs.',
          },
          names: listOf(text),
        }),
        { type: 'null' },
      ],
    },
    annotations: { anyOf: [record({ at: time, count }), { type: 'null' }] },
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
      remedy: { ...textOrNull, description: 'What to change so that it is not refused again.' },
      headers: { type: 'object', additionalProperties: text, description: 'Protected.' },
    },
    ['headers'],
  ),
  InboxPage: pageOf('entries', ref('InboxEntry')),
  Json: {
    type: ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'],
    items: ref('Json'),
    additionalProperties: ref('Json'),
    description: 'Any JSON value.',
  },
  Processed: record({
    processed: {
      ...ref('Json'),
      description: 'As docs/report-format.md describes it; null: not processed yet.',
    },
    bugs: { ...listOf(count), description: 'The bugs of its crashes.' },
    why: { ...listOf(text), description: 'Why it is under its bug, in sentences.' },
    failure: { anyOf: [record({ reason: text, attempts: count }), { type: 'null' }] },
  }),
  Memory: record({
    start: { ...text, description: 'Address of the first byte.' },
    bytes: { ...text, description: 'Hexadecimal digits, two for each byte.' },
  }),
  Queue: record({
    queued: { ...count, description: 'Due now or later, and not being worked on.' },
    leased: { ...count, description: 'Being worked on.' },
    failed: count,
    deferred: count,
    paused: flag,
    oldestMs: {
      type: ['number', 'integer', 'null'],
      description: 'Age of the oldest due report, milliseconds.',
    },
  }),
  Requeued: record({ requeued: count }),
  Status: record({
    version: text,
    commit: textOrNull,
    reports: count,
    reportsByState: record(Object.fromEntries(REPORT_STATES.map((state) => [state, count]))),
    usedBytes: bytes,
    limitBytes: bytes,
    diskFreeBytes: { ...bytes, type: ['integer', 'null'] },
    databaseBytes: bytes,
    oldestReportAt: timeOrNull,
    newestReportAt: timeOrNull,
    reportsLastHour: count,
    reportsLastDay: count,
    pruned: count,
    schemaVersion: count,
    sealing: textOrNull,
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
  ProductList: record({ products: listOf(ref('Product')) }),
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
    role: { enum: [...ROLES, null], description: 'The highest anywhere.' },
    seesProtected: { ...flag, description: 'Wherever they may read.' },
    isInstallationAdmin: flag,
    accounts: listOf(
      record({
        account: text,
        isAdmin: flag,
        everyProduct: { anyOf: [ref('ProductRight'), { type: 'null' }] },
        products: listOf(
          record({ product: text, role: { enum: ROLES }, seesProtected: flag, seesDumps: flag }),
        ),
      }),
    ),
  }),
  TokenProduct: record({ account: text, product: text }),
  Token: record({
    id: count,
    label: text,
    scopes: listOf({ enum: TOKEN_SCOPES }),
    products: { anyOf: [listOf(ref('TokenProduct')), { type: 'null' }], description: 'Null: all.' },
    role: { enum: [...ROLES, null] },
    seesProtected: flag,
    scope: { enum: ['symbols', null] },
    createdAt: time,
    expiresAt: timeOrNull,
    lastUsedAt: timeOrNull,
  }),
  TokenList: record({ tokens: listOf(ref('Token')) }),
  NewToken: record(
    {
      label: text,
      scopes: listOf({ enum: TOKEN_SCOPES }),
      products: { anyOf: [listOf(ref('TokenProduct')), { type: 'null' }] },
      role: { enum: ROLES, description: 'In place of scopes.' },
      seesProtected: { ...flag, description: 'Beside a role.' },
      scope: {
        enum: ['symbols', null],
        description: 'For uploads of symbols and source maps alone, whatever the role.',
      },
      expiresInDays: { type: ['integer', 'null'], minimum: 1, maximum: 3650 },
    },
    ['scopes', 'products', 'role', 'seesProtected', 'scope', 'expiresInDays'],
  ),
  CreatedToken: {
    allOf: [ref('Token'), record({ token: { ...text, description: 'The secret, shown this once.' } })],
  },
} as const satisfies Readonly<Record<string, Schema>>;

/** A reference to a named schema. */
export function schemaRef(name: keyof typeof SCHEMAS): Schema {
  return ref(name);
}
