// The JSON Schemas of bugs, of rules that make them, and of what they add up to.
import { REPOSITORY_KINDS } from '../../report/source/source-settings.ts';
import { VERSION_SCHEMES } from '../../report/version-schemes.ts';
import { BUG_STATES, REOPEN_MODES } from '../../store/bugs.ts';
import {
  text,
  textOrNull,
  count,
  countedParts,
  time,
  timeOrNull,
  flag,
  listOf,
  ref,
  record,
  searchedPageOf,
  choice,
} from './schema-parts.ts';
import type { Schema } from './operation.ts';

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
  users: {
    type: ['integer', 'null'],
    description:
      'Different users that its stored crashes name; null: this answer does not count them, lists and bugs do.',
  },
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
  firstVersion: {
    ...textOrNull,
    description: 'The oldest version in which it was seen, in the product’s order.',
  },
  lastVersion: textOrNull,
  platforms: listOf(text),
  url: text,
};

const bug = {
  ...bugRow,
  key: { ...text, description: 'The grouping key.' },
  keys: { ...listOf(text), description: 'All keys that lead here, those of merged bugs among them.' },
  language: textOrNull,
  path: { ...textOrNull, description: 'The shortest request path seen; protected.' },
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
  versionScheme: {
    enum: VERSION_SCHEMES,
    description:
      'How versions are ordered: by what they look like, as semver.org or Debian say, or by who came first.',
  },
  versionCorrections: {
    ...listOf(record({ version: text, after: textOrNull })),
    description:
      'A version stands right behind another one, whatever the scheme says; `after` null: before all.',
  },
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
  userAnnotation: {
    ...textOrNull,
    description:
      'The annotation, or `section.name`, that tells users apart; reports without it go by the usual names. For reports that are filed from now on.',
  },
  ticketTracker: {
    ...textOrNull,
    description: 'lighthouse, redmine, trac, github, gitlab, jira, bugzilla, other, or null.',
  },
  ticketUrl: { ...textOrNull, description: 'The base URL of a known tracker, or any URL with %s.' },
  source: {
    type: 'object',
    description: 'Where its source lies. A change may name only some of the fields.',
    properties: {
      repository: { ...textOrNull, description: 'The address of its page.' },
      kind: {
        enum: [...REPOSITORY_KINDS, null],
        description: 'What runs there; null: told by its host.',
      },
      template: {
        ...textOrNull,
        description:
          'The address of a line with {path}, {line}, {commit}, {version}, for the kind `template`.',
      },
      paths: {
        ...listOf(record({ from: text, to: text }, ['to'])),
        description: 'Files whose names begin with `from` lie below `to`; the first that fits decides.',
      },
      commitAnnotations: { ...entries, description: 'Annotations that may name the commit.' },
      tag: { ...textOrNull, description: 'Where nothing names a commit: `v{version}`.' },
      owners: { ...entries, description: 'Lines as in a CODEOWNERS file.' },
    },
    additionalProperties: false,
  },
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

export const BUG_SCHEMAS = {
  BugRow: record(bugRow),
  BugPage: searchedPageOf('bugs', ref('BugRow')),
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
  ChangeBugs: {
    ...choice({
      do: { enum: ['close', 'reopen', 'ignore', 'assign', 'merge'] },
      bugs: { ...listOf(count), description: 'Numbers of bugs.' },
      filter: {
        ...text,
        description: 'Or the query string of a list: `product=shop&state=open`; without `state`: open ones.',
      },
      expected: { ...count, description: 'With a filter: how many bugs match.' },
      inVersion: { ...textOrNull, description: 'For `close`: the version that has the fix.' },
      until: { ...textOrNull, description: 'For `ignore`: a day (UTC) or ISO 8601 time of the future.' },
      untilCount: { type: ['integer', 'null'], minimum: 1 },
      assignee: { ...textOrNull, description: 'For `assign`: an e-mail address, `me`, or null.' },
      into: { ...count, description: 'For `merge`: the bug that stays.' },
    }),
    required: ['do'],
  },
  BulkAct: record({
    id: count,
    at: time,
    by: text,
    change: { type: 'object', description: 'What was done, with its values.' },
    bugs: { ...count, description: 'To how many bugs it is done.' },
    done: { ...count, description: 'How many had their turn.' },
    changed: { ...count, description: 'How many of them it changed.' },
    undoneAt: timeOrNull,
    undoneBy: textOrNull,
    restored: { ...count, description: 'Bugs that are again what they were.' },
    kept: { ...count, description: 'Bugs that were changed since, and stay.' },
    underWay: flag,
  }),
  BulkActs: record({ acts: listOf(ref('BulkAct')) }),
  Unmerged: record({ from: count, into: count, cameAlong: count, stayed: count }),
  SplitCase: record({ case: { ...count, description: 'The number of the case.' } }),
  MoveReport: record({ bug: { ...count, description: 'The number of the bug.' } }),
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
    ...countedParts,
  }),
} as const satisfies Readonly<Record<string, Schema>>;
