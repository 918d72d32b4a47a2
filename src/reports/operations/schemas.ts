// The JSON Schemas of the API, by name: components of the OpenAPI document.
import { BUG_STATES, REOPEN_MODES } from '../../store/bugs.ts';
import { PROTOCOLS, REPORT_STATES } from '../../report/report.ts';
import { ROLES } from '../../store/people.ts';
import { NOTIFICATION_SCHEMAS } from './notification-schemas.ts';
import type { Schema } from './operation.ts';

const text: Schema = { type: 'string' };
const textOrNull: Schema = { type: ['string', 'null'] };
const count: Schema = { type: 'integer', minimum: 0 };
const bytes: Schema = { type: 'integer', minimum: 0, description: 'Bytes.' };
const time: Schema = { type: 'string', format: 'date-time' };
const timeOrNull: Schema = { type: ['string', 'null'], format: 'date-time' };
const number: Schema = { type: ['number', 'integer'] };
/** A value of a search: a text or a number. */
const cell: Schema = { type: ['string', 'number', 'integer'] };
const flag: Schema = { type: 'boolean' };
const sha256: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

/** A page of a list, under the name of what it lists. */
const pageOf = (name: string, items: Schema): Schema =>
  record({
    [name]: listOf(items),
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
  installation: {
    ...textOrNull,
    description: 'With the right to protected data what the client calls it, else `#` and its number.',
  },
  installationNumber: { type: ['integer', 'null'], description: 'Stands for it within its product.' },
  jami: { anyOf: [jami, { type: 'null' }] },
};

const bugRow = {
  id: count,
  account: text,
  product: text,
  title: text,
  kind: text,
  message: { ...text, description: 'The shortest message seen.' },
  state: { enum: BUG_STATES },
  severity: { enum: ['normal', 'major'] },
  roles: listOf(text),
  count,
  installations: count,
  firstSeenAt: time,
  lastSeenAt: time,
  lastWeek: { ...text, description: 'Monday of the ISO week of the last occurrence.' },
  last28Days: {
    ...listOf(count),
    description: 'Counts of the last 28 days, oldest first, ending today (UTC).',
  },
  assignee: { ...textOrNull, description: 'An e-mail address.' },
  ticket: textOrNull,
  closedInVersion: textOrNull,
  url: text,
};

const bug = {
  ...bugRow,
  key: { ...text, description: 'The grouping key.' },
  keys: { ...listOf(text), description: 'All keys that lead here, those of merged bugs among them.' },
  language: textOrNull,
  path: { ...textOrNull, description: 'The shortest request path seen; protected.' },
  firstVersion: textOrNull,
  lastVersion: textOrNull,
  closedAt: timeOrNull,
  ignoredUntil: timeOrNull,
  ignoredUntilCount: { type: ['integer', 'null'], minimum: 1 },
  duplicateOf: { type: ['integer', 'null'], description: 'Where it went, when it was merged into another.' },
  titleSteps: { ...listOf(text), description: 'How the title came about.' },
  createdAt: time,
  newestReport: { ...textOrNull, description: 'Crash id of the newest report that is still stored.' },
  callers: {
    anyOf: [record({ count, areTakenAlong: flag }), { type: 'null' }],
    description:
      'By how many callers its crashes came; taken along: crashes by further callers become bugs of their own. null: not counted.',
  },
};

const seriesPoint = record({ day: text, version: textOrNull, platform: textOrNull, count });

/** A body with fields that may all be left out. */
const choice = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
});

const entries = listOf(text);
const groupingRule = record({
  name: text,
  when: {
    type: 'object',
    description: 'All that are given must hold: texts that occur, in any case, or /regular expressions/.',
    properties: {
      signature: text,
      message: text,
      kind: text,
      frame: text,
      annotation: { type: 'object', additionalProperties: text },
    },
  },
  key: {
    ...text,
    description: 'May hold {signature}, {kind}, {message} and {annotation.NAME}.',
  },
});
const productRules = {
  reopenMode: { enum: REOPEN_MODES },
  uninterestingPackages: { ...entries, description: 'Whole dot segments; `!` makes interesting.' },
  groupingRules: listOf(groupingRule),
  signatureLists: {
    type: 'object',
    description: 'Additions to the general lists.',
    properties: { irrelevant: entries, prefix: entries, sentinels: entries, line_numbers: entries },
  },
  frameRules: {
    ...entries,
    description:
      'Own and foreign frames: `+package:org.shop`, `-path:/srv/vendor`, `-module:libx.so`; the first that matches decides.',
  },
  learnedPackages: {
    ...entries,
    description: 'Packages that the product was seen to live in, `java:org.apache.shop`. Read only.',
  },
  signatureMode: { enum: ['mayday', 'socorro', 'crashkit'] },
  messages: { enum: ['public', 'protected'] },
  ticketTracker: {
    ...textOrNull,
    description: 'lighthouse, redmine, trac, github, gitlab, jira, bugzilla, other, or null.',
  },
  ticketUrl: { ...textOrNull, description: 'The base URL of a known tracker, or any URL with %s.' },
};
const grouping = record(
  {
    key: text,
    source: { enum: ['client_fingerprint', 'product_rule', 'stack', 'signature', 'unprocessable'] },
    because: text,
    rule: textOrNull,
    caseKey: text,
    aliases: { type: 'array', items: text, description: 'Keys that earlier versions gave to such a crash.' },
    caller: {
      ...record({ key: text, frame: text }),
      description: 'The frame that called the named one, and the key with it, for frames that many call.',
    },
    home: { ...text, description: 'The library that it begins in; empty: it has frames of the program.' },
    parts: {
      ...record({ kind: text, frames: listOf(text), message: textOrNull }),
      description: 'What the key is made of.',
    },
  },
  ['aliases', 'caller', 'home', 'parts'],
);
const namedCrash = record({ signature: text, grouping });

const keyParts = {
  ...listOf(
    record({
      part: { enum: ['kind', 'frames', 'message'] },
      one: listOf(text),
      other: listOf(text),
      isSame: flag,
    }),
  ),
  description: 'What both keys are made of, part by part; empty where something else than stacks decides.',
};
const alignedFrames = {
  ...listOf(record({ one: textOrNull, other: textOrNull })),
  description: 'Both stacks, aligned, innermost first; null where one has no frame.',
};

/** Every named schema. */
export const SCHEMAS = {
  ...NOTIFICATION_SCHEMAS,
  Error: record({ error: record({ code: text, message: text }) }),
  ReportRow: record({ ...reportBase, attachmentCount: count, size: bytes, noteCount: count, url: text }),
  ReportPage: pageOf('reports', ref('ReportRow')),
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
  InboxPage: pageOf('entries', ref('InboxEntry')),
  Search: record({
    crashes: { ...count, description: 'Crashes: clients count several as one.' },
    rows: { ...count, description: 'Crashes of reports, each once.' },
    complete: {
      ...flag,
      description: 'False: the time was up, and the newest `counted` of `existing` were looked at.',
    },
    counted: count,
    existing: count,
    waiting: { ...count, description: 'Reports that are not processed yet.' },
    asOf: time,
    facets: listOf(
      record({
        key: text,
        values: listOf(record({ value: cell, crashes: count, installations: count })),
        different: count,
        absent: count,
      }),
    ),
    histogram: listOf(record({ time, crashes: count })),
    distinct: { type: 'object', additionalProperties: count },
    numbers: {
      type: 'object',
      additionalProperties: {
        anyOf: [
          record({
            count,
            least: number,
            greatest: number,
            mean: number,
            percentiles: record({ p5: number, p25: number, p50: number, p75: number, p95: number }),
          }),
          { type: 'null' },
        ],
      },
    },
    list: listOf({
      type: 'object',
      description: 'By column.',
      additionalProperties: { anyOf: [cell, listOf(text), { type: 'null' }] },
    }),
    next: textOrNull,
  }),
  SearchFields: record({ fields: listOf(record({ name: text, about: text, isField: flag })) }),
  BugRow: record(bugRow),
  BugPage: pageOf('bugs', ref('BugRow')),
  SimilarBugs: record({
    similar: listOf(
      record({
        bug: record({ id: count, title: text, state: { enum: BUG_STATES }, count, lastSeenAt: time }),
        similarity: { type: 'number', minimum: 0, maximum: 1 },
        reasons: { ...listOf(text), description: 'Why it is not the same bug.' },
        parts: keyParts,
        frames: alignedFrames,
      }),
    ),
  }),
  BugComparison: record({
    one: ref('Bug'),
    other: ref('Bug'),
    reasons: { ...listOf(text), description: 'Why they are not one bug. Empty: no report of one is stored.' },
    parts: keyParts,
    frames: alignedFrames,
  }),
  Bug: record(bug, ['path']),
  WholeBug: record(
    {
      ...bug,
      cases: listOf(
        record({
          id: count,
          caseKey: text,
          count,
          firstSeenAt: time,
          lastSeenAt: time,
          severity: { enum: ['normal', 'major'] },
          context: textOrNull,
          sample: { ...textOrNull, description: 'Crash id of a report of the case that is still stored.' },
        }),
      ),
      series: listOf(seriesPoint),
      values: listOf(
        record({
          section: text,
          key: text,
          value: { ...textOrNull, description: 'null: all further values together.' },
          count,
          protected: flag,
        }),
      ),
      versions: listOf(record({ version: textOrNull, count, firstSeenAt: time, lastSeenAt: time })),
      merges: {
        ...listOf(record({ id: count, title: text, by: textOrNull, at: time, canBeUndone: flag })),
        description: 'Bugs that were merged into this one.',
      },
      events: listOf(
        record({
          at: time,
          by: { ...textOrNull, description: 'null: Mayday itself.' },
          what: text,
          detail: text,
        }),
      ),
    },
    ['path'],
  ),
  CloseBug: choice({ inVersion: { ...textOrNull, description: 'The version that has the fix.' } }),
  IgnoreBug: choice({
    until: { ...textOrNull, description: 'A day (UTC) or ISO 8601 time of the future.' },
    untilCount: { type: ['integer', 'null'], minimum: 1, description: 'The count of the bug that ends it.' },
  }),
  AssignBug: record({ assignee: { ...textOrNull, description: 'An e-mail address, `me`, or null.' } }),
  TicketOfBug: record({
    ticket: { ...textOrNull, description: 'A number, a key or an address; null: none.' },
  }),
  CommentOnBug: record({ text }),
  MergeBug: record({ into: { ...count, description: 'The number of the other bug.' } }),
  UnmergeBug: record({
    from: { ...count, description: 'The number of the bug that was merged into this one.' },
  }),
  Unmerged: record({ from: count, into: count, cameAlong: count, stayed: count }),
  SplitCase: record({ case: { ...count, description: 'The number of the case.' } }),
  MoveReport: record({ bug: { ...count, description: 'The number of the bug.' } }),
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
  ProductRules: record(productRules),
  ProductRulesChange: choice(productRules),
  RulesToPreview: choice({
    rules: ref('ProductRulesChange'),
    reports: {
      type: 'integer',
      minimum: 1,
      maximum: 500,
      description: 'How many of the newest; default: 100.',
    },
  }),
  RulesPreview: record({
    examined: count,
    crashes: count,
    regrouped: count,
    renamed: count,
    groupsNow: count,
    groupsThen: count,
    changes: listOf(
      record({
        crashId: text,
        bugId: { type: ['integer', 'null'] },
        was: namedCrash,
        becomes: namedCrash,
      }),
    ),
    moves: {
      ...listOf(
        record({
          from: record({ bugId: count, title: text }),
          to: record({ bugId: { type: ['integer', 'null'], description: 'null: a new bug.' }, title: text }),
          key: text,
          crashes: count,
          becomesWhole: { ...flag, description: 'All stored crashes of the bug go.' },
        }),
      ),
      description: 'Where crashes would go if their reports were processed again.',
    },
    problems: listOf(text),
  }),
  SignaturePreview: record({
    crashes: listOf(
      record({ kind: text, signature: text, signatureSteps: listOf(text), message: text, grouping }),
    ),
    problem: textOrNull,
    notes: listOf(text),
  }),
  Overview: record({
    series: listOf(seriesPoint),
    topBugs: listOf(ref('BugRow')),
    newBugs: listOf(ref('BugRow')),
    reopenedBugs: listOf(ref('BugRow')),
    installations: count,
    crashes: count,
  }),
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
    role: { enum: ROLES },
    seesProtected: flag,
  }),
  Token: record({
    id: count,
    label: text,
    role: { enum: ROLES },
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
      role: { enum: ROLES },
      seesProtected: flag,
      scope: {
        enum: ['symbols', null],
        description: 'For uploads of symbols and source maps alone, whatever the role.',
      },
      expiresInDays: { type: ['integer', 'null'], minimum: 1, maximum: 3650 },
    },
    ['role', 'seesProtected', 'scope', 'expiresInDays'],
  ),
  CreatedToken: {
    allOf: [ref('Token'), record({ token: { ...text, description: 'The secret, shown this once.' } })],
  },
  SymbolFile: record(
    {
      debugFile: text,
      debugId: text,
      os: text,
      cpu: text,
      codeFile: textOrNull,
      codeId: textOrNull,
      generator: textOrNull,
      product: textOrNull,
      uploadedAt: time,
      uploadedBy: text,
      textBytes: bytes,
      storedBytes: bytes,
      indexBytes: bytes,
      sha256: { ...sha256, description: 'Of the text.' },
      damagedLines: count,
      hasCfi: flag,
      format: { ...text, description: '`sym`, or the kind of debug file: `ELF`, `PE`, `PDB`, `Mach-O`.' },
      gives: {
        ...text,
        description: 'What it gives: `functions`, `lines`, `inlines`, `names`, `unwind`, with commas.',
      },
      source: { ...text, description: '`upload`, or the upstream server that it came from.' },
      lastUsedAt: timeOrNull,
      url: text,
      wanting: { ...listOf(ref('WantedFile')), description: 'What its build lacks; not in lists.' },
    },
    ['wanting'],
  ),
  WantedFile: record({
    gives: {
      enum: ['functions', 'unwind', 'shared'],
      description:
        '`functions`: functions, lines and inlined calls; `unwind`: unwind rows; `shared`: names that were moved out (dwz).',
    },
    file: { ...text, description: 'What the file is called.' },
    debugId: text,
    text: { ...text, description: 'The same as a sentence.' },
  }),
  SymbolPage: pageOf('symbols', ref('SymbolFile')),
  MissingSymbol: record({
    debugFile: text,
    debugId: text,
    codeFile: textOrNull,
    codeId: textOrNull,
    reports: { ...count, description: 'Stored reports that would be better with these symbols.' },
    lastSeenAt: time,
    wanting: {
      ...listOf(ref('WantedFile')),
      description: 'Where files of the build are stored: what these lack. Empty: nothing of it is stored.',
    },
  }),
  MissingSymbolList: record({ missing: listOf(ref('MissingSymbol')) }),
  SymbolKeys: record({ files: listOf(record({ debugFile: text, debugId: text })) }),
  KnownSymbols: record({
    files: {
      ...listOf({
        anyOf: [
          record({
            debugFile: text,
            debugId: text,
            sha256,
            textBytes: bytes,
            gives: text,
            wanting: listOf(ref('WantedFile')),
          }),
          { type: 'null' },
        ],
      }),
      description: 'In the order of the question; null: not there.',
    },
  }),
  SymbolDeletion: record({ product: text, olderThan: time }, ['product', 'olderThan']),
  DeletedSymbols: record({ deleted: count }),
  SymbolUploadResult: record({
    stored: count,
    duplicate: count,
    refused: count,
    skipped: count,
    files: listOf(
      record(
        {
          name: text,
          outcome: { enum: ['stored', 'duplicate', 'refused', 'skipped'] },
          debugFile: text,
          debugId: text,
          textBytes: bytes,
          damagedLines: count,
          format: text,
          gives: text,
          wanting: listOf(ref('WantedFile')),
          reportsToProcess: {
            ...count,
            description: 'Reports that lacked these symbols and are processed again.',
          },
          code: text,
          message: text,
        },
        [
          'debugFile',
          'debugId',
          'textBytes',
          'damagedLines',
          'format',
          'gives',
          'wanting',
          'reportsToProcess',
          'code',
          'message',
        ],
      ),
    ),
  }),
  TeckenUpload: record({ upload: { type: 'object' } }),
  BreakpadUpload: record({ uploadUrl: text, uploadKey: text }),
  SymbolicateRequest: {
    type: 'object',
    properties: { jobs: listOf({ type: 'object' }), memoryMap: listOf({}), stacks: listOf({}) },
  },
} as const satisfies Readonly<Record<string, Schema>>;

/** A reference to a named schema. */
export function schemaRef(name: keyof typeof SCHEMAS): Schema {
  return ref(name);
}
