// The JSON Schemas of alert rules.
import {
  choice,
  count,
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

const id: Schema = { type: 'integer', minimum: 1 };
const least: Schema = { type: 'integer', minimum: 1 };
const minutes: Schema = { type: 'integer', minimum: 1, maximum: 40_320, description: 'The window.' };
const counted: Schema = { enum: ['crashes', 'installations'] };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

const CONDITION: Schema = {
  description: 'docs/alerts.md explains each kind.',
  anyOf: [
    record({ kind: counted, atLeast: least, minutes }),
    record({ kind: { enum: ['rise'] }, of: counted, percent: least, atLeast: least, minutes }),
    record({
      kind: { enum: ['crash_free'] },
      of: { enum: ['users', 'sessions'] },
      below: { type: ['number', 'integer'], exclusiveMinimum: 0, maximum: 100, description: 'Percent.' },
      atLeast: least,
      days: { type: 'integer', minimum: 1, maximum: 28 },
      release: { ...textOrNull, description: 'null: each release by itself.' },
    }),
    record({ kind: { enum: ['bugs'] }, fresh: flag, regressed: flag }),
  ],
};

const QUIET: Schema = orNull(
  record({
    from: { type: 'integer', minimum: 0, maximum: 23 },
    to: { type: 'integer', minimum: 0, maximum: 23 },
    zone: { ...text, description: 'IANA name of a time zone.' },
    then: { enum: ['hold', 'drop'], description: 'hold: told afterwards in one message.' },
  }),
);

const TARGET: Schema = {
  anyOf: [
    record({
      kind: { enum: ['mail'] },
      user: { ...textOrNull, description: 'Address of a person who may sign in; null: they are gone.' },
    }),
    record({ kind: { enum: ['webhook'] }, webhook: id }),
  ],
};

const fields = {
  name: { ...text, maxLength: 100 },
  account: text,
  product: { ...textOrNull, description: 'null: all products of the account together.' },
  condition: CONDITION,
  search: { ...text, description: 'A search that crashes must match; empty: every crash.' },
  bug: { type: ['integer', 'null'], description: 'Crashes of this bug alone.' },
  everyMinutes: {
    type: 'integer',
    minimum: 1,
    maximum: 40_320,
    description: 'It fires at most once in this time.',
  },
  tellsEnd: { ...flag, description: 'Whether it is also told that the condition holds no longer.' },
  quiet: QUIET,
  targets: listOf(TARGET),
  enabled: flag,
  mutedUntil: { ...timeOrNull, description: 'Until then it is evaluated and logged, but tells nothing.' },
} as const;

const savedSearch: Schema = {
  type: ['integer', 'null'],
  description: 'Number of a kept search, whose text is taken over in place of `search`.',
};

const number: Schema = { type: ['number', 'integer'] };
const finding = {
  at: { ...time, description: 'End of the window.' },
  what: { enum: ['fired', 'ended'] },
  words: text,
  value: number,
  limit: number,
  count: number,
  before: { type: ['integer', 'null'], description: 'Of a rise: the count in the time before.' },
  release: textOrNull,
  complete: { ...flag, description: 'false: there were at least so many.' },
  bugs: listOf(record({ id, event: { enum: ['new', 'regressed'] } })),
};
const outcome: Schema = { enum: ['told', 'held', 'muted', 'logged'] };

export const ALERT_SCHEMAS = {
  AlertRule: record({
    id,
    ...fields,
    search: { ...textOrNull, description: 'null: it names protected data, which you may not see.' },
    protected: {
      ...flag,
      description: 'The search names protected data: messages tell neither it nor bugs.',
    },
    words: text,
    owner: { ...textOrNull, description: 'Whose rights it goes by: whoever saved it last.' },
    state: record({
      firingSince: timeOrNull,
      lastFiredAt: timeOrNull,
      waiting: { ...count, description: 'Firings that wait to be told.' },
      problem: { ...textOrNull, description: 'Why it could not be evaluated.' },
      evaluatedTo: time,
    }),
  }),
  AlertRuleList: record({ rules: listOf(ref('AlertRule')) }),
  NewAlertRule: { ...choice({ ...fields, savedSearch }), required: ['name', 'condition', 'targets'] },
  AlertRuleChange: choice({ ...fields, savedSearch }),
  AlertPreview: record({
    from: time,
    to: time,
    fired: { ...count, description: 'How often it would have fired.' },
    messages: { ...count, description: 'Messages to each target.' },
    complete: { ...flag, description: 'false: not all crashes could be counted in time.' },
    firings: listOf(record({ ...finding, outcome })),
  }),
  AlertLog: record({
    log: listOf(
      record({
        id,
        ...finding,
        outcome,
        toldAt: timeOrNull,
        deliveries: listOf(
          record({
            id,
            channel: { enum: ['mail', 'webhook'] },
            target: text,
            state: { enum: ['due', 'delivered', 'given_up'] },
            lastError: textOrNull,
            deliveredAt: timeOrNull,
          }),
        ),
      }),
    ),
  }),
} as const satisfies Readonly<Record<string, Schema>>;
