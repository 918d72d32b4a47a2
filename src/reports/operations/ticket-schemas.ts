// The JSON Schemas of trackers and tickets.
import { TRACKER_KINDS } from '../../store/tickets.ts';
import { choice, count, flag, listOf, record, text, textOrNull, time, timeOrNull } from './schema-parts.ts';

const tracker = {
  kind: { enum: TRACKER_KINDS, description: '`link`: only the address of a form is known.' },
  url: { ...text, description: 'GitHub, GitLab: the page of the project. Jira, Bugzilla: the server.' },
  api: { ...textOrNull, description: 'The base of its API, where it does not follow from `url`.' },
  project: { ...textOrNull, description: 'Jira: the key of the project. Bugzilla: the product.' },
  component: { ...textOrNull, description: 'Bugzilla.' },
  version: { ...textOrNull, description: 'Bugzilla.' },
  issueType: { ...textOrNull, description: 'Jira; null: Bug.' },
  labels: { ...listOf(text), description: 'Labels; of Bugzilla keywords.' },
  signatureField: { ...textOrNull, description: 'Bugzilla: the field that gets `[@ signature]`.' },
  user: { ...textOrNull, description: 'Jira Cloud: whose token it is.' },
  form: {
    ...textOrNull,
    description:
      'The address of the form for a new ticket with {title}, {body}, {signature}, {url}; null: that of the tracker.',
  },
  comments: { ...flag, description: 'A comment is posted when the bug is closed or opens again.' },
  closes: {
    ...flag,
    description: 'The ticket is closed with the bug, and opened again with it where a person does that.',
  },
  closeTransition: {
    ...textOrNull,
    description: 'Jira: the transition that closes; null: the first that leads to a status that is done.',
  },
};

export const TICKET_SCHEMAS = {
  Tracker: record({ ...tracker, hasToken: flag }),
  TrackerChange: choice({
    ...tracker,
    token: { ...textOrNull, description: 'Stored and never shown again; null takes it away.' },
  }),
  TrackerMessages: record({
    messages: listOf(
      record({
        id: count,
        bug: count,
        ticket: text,
        part: { enum: ['comment', 'close'] },
        what: { enum: ['closed', 'reopened'] },
        at: time,
        attempts: count,
        state: { enum: ['due', 'done', 'given_up'] },
        lastError: textOrNull,
      }),
    ),
  }),
  BugTicket: record({
    ticket: { ...textOrNull, description: 'As people set it.' },
    known: {
      anyOf: [
        record({
          ticket: text,
          key: text,
          url: text,
          state: { ...textOrNull, description: 'In the tracker’s words; null: it was never learned.' },
          isClosed: { type: ['boolean', 'null'] },
          checkedAt: { ...timeOrNull, description: 'When the state was learned.' },
          fault: { ...textOrNull, description: 'Why the last question was not answered; null: it was.' },
        }),
        { type: 'null' },
      ],
      description: 'Null: the ticket is none of the product’s tracker.',
    },
    tracker: { enum: [...TRACKER_KINDS, null] },
    canCreate: flag,
    beingMade: {
      enum: ['asking', 'unknown', null],
      description: '`unknown`: nobody knows whether an earlier try made a ticket.',
    },
    draft: {
      anyOf: [record({ title: text, body: text, form: textOrNull }), { type: 'null' }],
      description: 'What a new ticket would say; null: there is one, or no tracker.',
    },
  }),
  NewTicket: choice({
    title: text,
    body: text,
    again: { ...flag, description: 'Somebody looked: an earlier try made none.' },
  }),
};
