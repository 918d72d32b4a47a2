// The JSON Schemas of releases, comparisons, top crashers, correlations and trends.
import {
  count,
  countedParts,
  flag,
  listOf,
  record,
  ref,
  text,
  textOrNull,
  time,
  timeOrNull,
} from './schema-parts.ts';
import type { Schema } from './operation.ts';

const number: Schema = { type: ['number', 'integer'] };
const numberOrNull: Schema = { type: ['number', 'integer', 'null'] };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const dayOrNull: Schema = { ...textOrNull, description: '`yyyy-mm-dd` (UTC).' };

const share = orNull({
  ...record({ rate: number, low: number, high: number }),
  description: 'From 0 to 1, and where it lies with 95 % (Wilson); null: fewer than 50 say nothing.',
});
const sessions = orNull(
  record({
    sessions: count,
    crashed: count,
    users: count,
    crashedUsers: count,
    crashFreeSessions: share,
    crashFreeUsers: share,
  }),
);
const release = {
  version: text,
  crashes: { ...count, description: 'Of all time, those of reports that are stored no longer among them.' },
  installations: { ...count, description: 'Installations with a crash in a stored report.' },
  firstDay: dayOrNull,
  lastDay: dayOrNull,
  crashesPerThousand: orNull({
    ...record({ rate: number, of: { enum: ['active', 'crashed'] } }),
    description:
      'Crashes for each thousand installations: of those that sent sessions, or (`crashed`) of those that crashed.',
  }),
  sessions,
  made: orNull({
    ...record({
      createdAt: time,
      releasedAt: timeOrNull,
      url: textOrNull,
      ref: textOrNull,
      commits: count,
      deploys: count,
    }),
    description: 'What a tool said when it made the release.',
  }),
};
const commit = record({
  id: text,
  repository: textOrNull,
  author: textOrNull,
  message: text,
  at: timeOrNull,
  paths: { ...listOf(text), description: 'Paths that it changed.' },
  pathsLeft: { ...count, description: 'How many more, which are not kept.' },
});
const deploy = record({
  environment: text,
  name: textOrNull,
  url: textOrNull,
  startedAt: timeOrNull,
  finishedAt: time,
});
const side = record({
  version: text,
  firstDay: text,
  lastDay: text,
  crashes: count,
  crashedInstallations: count,
  withoutInstallation: {
    ...count,
    description: 'Crashes that name no installation: nothing here counts them.',
  },
  sessions,
  exposure: { ...count, description: 'What shares are of: see `basis`.' },
});
const counts = record({ installations: count, crashes: count });
const rise = orNull(record({ ratio: numberOrNull, p: number }));
const spike = orNull(record({ expected: number, seen: count, p: number }));

export const RELEASE_SCHEMAS = {
  ReleaseList: record({ releases: listOf(record(release)), total: count, next: textOrNull, ...countedParts }),
  Release: record({
    ...release,
    previous: textOrNull,
    next: textOrNull,
    ...countedParts,
    days: listOf(
      record({ day: text, crashes: count, crashedInstallations: count, sessions: count, users: count }),
    ),
    commitList: listOf(commit),
    deployList: listOf(deploy),
  }),
  Suspects: record({
    version: { ...textOrNull, description: 'The oldest release that has the bug.' },
    sure: { ...flag, description: 'Whether that release brought it.' },
    commits: {
      type: ['integer', 'null'],
      description: 'The commits that a tool named of it; null: no tool made the release.',
    },
    withPaths: { ...count, description: 'Those of them whose changed paths are known.' },
    suspects: listOf(
      record({
        commit: record({
          id: text,
          repository: textOrNull,
          author: textOrNull,
          message: text,
          at: timeOrNull,
        }),
        url: textOrNull,
        matches: listOf(
          record({
            frame: { ...count, description: 'The place in the stack, from 0.' },
            function: textOrNull,
            path: text,
            by: {
              enum: ['path', 'end', 'name'],
              description: 'The same path; one is the end of the other; the only changed file of this name.',
            },
          }),
        ),
      }),
    ),
    owners: orNull({
      ...record({ owners: listOf(text), pattern: text, path: text }),
      description: 'Of the innermost own frame whose path has owners.',
    }),
  }),
  ReleaseNote: {
    type: 'object',
    description: 'What is left out stays as it was. `commits` replaces those that were there.',
    properties: {
      version: text,
      releasedAt: timeOrNull,
      url: textOrNull,
      ref: textOrNull,
      commits: listOf({
        type: 'object',
        properties: {
          id: text,
          repository: textOrNull,
          author: textOrNull,
          message: text,
          at: timeOrNull,
          paths: { ...listOf(text), description: 'Paths that it changed, from the root of the repository.' },
        },
        required: ['id'],
      }),
      deploy: {
        type: 'object',
        properties: { environment: text, name: textOrNull, url: textOrNull, finishedAt: timeOrNull },
        required: ['environment'],
      },
    },
    required: ['version'],
  },
  ReleaseComparison: record({
    basis: {
      enum: ['active', 'crashed'],
      description:
        '`active`: shares of installations that sent sessions. `crashed`: shares of those that crashed.',
    },
    days: { ...count, description: 'So many days of each release, from the first.' },
    base: side,
    new: side,
    bugs: listOf(
      record({
        bugId: count,
        title: text,
        state: text,
        verdict: { enum: ['new', 'gone', 'worse', 'better', 'same', 'too_few'] },
        sure: {
          ...flag,
          description: 'New ones: chance alone does not explain that no older version showed it.',
        },
        base: counts,
        new: counts,
        ratio: numberOrNull,
        interval: record({ low: number, high: numberOrNull }),
        p: number,
        needed: {
          type: ['integer', 'null'],
          description: 'Too few to tell: so many installations of the new release would be needed.',
        },
      }),
    ),
    counts: record({ new: count, gone: count, worse: count, better: count, same: count, too_few: count }),
    ...countedParts,
  }),
  TopCrashers: record({
    crashes: count,
    crashesBefore: count,
    bugs: count,
    from: time,
    to: time,
    ...countedParts,
    rows: listOf(
      record({
        rank: count,
        rankBefore: { type: ['integer', 'null'] },
        share: number,
        crashesBefore: count,
        installationsBefore: count,
        bug: ref('BugRow'),
      }),
    ),
  }),
  Correlations: record({
    unit: { enum: ['installations', 'reports'] },
    affected: count,
    others: count,
    tested: { ...count, description: 'How many values were tested.' },
    complete: { ...flag, description: 'False: the time was up before all values were looked at.' },
    counted: {
      ...count,
      description:
        'The newest `counted` of `existing` crashes of the product were compared: as many as are enough.',
    },
    existing: count,
    values: listOf(
      record({
        key: text,
        value: text,
        affected: { ...count, description: 'Installations with the bug that have the value.' },
        affectedAll: count,
        others: count,
        othersAll: count,
        lift: numberOrNull,
        p: number,
        beside: {
          enum: ['strongest', 'own', 'follows', 'unknown'],
          description: 'Whether it differs among those with the strongest value, too.',
        },
      }),
    ),
  }),
  Trends: record({
    trends: listOf(record({ bugId: count, spike, rise, installations: count, bug: ref('BugRow') })),
  }),
  Origin: record({
    origin: orNull(
      record({
        version: text,
        before: textOrNull,
        olderInstallations: count,
        installations: count,
        affected: count,
        p: number,
      }),
    ),
  }),
} as const satisfies Readonly<Record<string, Schema>>;
