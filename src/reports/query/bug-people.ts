// Whom a bug hits, and what they said: its installations with most crashes, and the words that came with reports or after them.
import type { Counted } from '../../search/engine/counted.ts';
import { EVERYTHING } from '../../search/query/query-tree.ts';
import type { Query } from '../../search/query/query-tree.ts';
import type { Bug } from '../../store/bugs.ts';
import type { Feedback } from '../../store/feedback.ts';
import type { SeenStore } from '../gate/gate.ts';
import { isCommentName } from '../view/comment-of.ts';
import { ofBug } from './bug-under-filter.ts';
import { allOf, equals } from './crash-filter.ts';

const TOP_INSTALLATIONS = 8;
const MAX_WORDS = 20;
/** Feedback that is looked at for that of a filter's crashes, the newest. */
const MAX_FEEDBACK = 500;
/** Names of comments in one product; clients have one. */
const MAX_NAMES = 3;
const DAY_MS = 86_400_000;

export interface AffectedInstallation {
  readonly number: number;
  readonly crashes: number;
  /** Days of its first and its last crash of the bug, milliseconds since 1970. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly versions: readonly string[];
}

export interface Affected {
  /** Different ones; what names none is not among them. */
  readonly installations: number;
  readonly unnamed: number;
  /** Different users, as far as crashes name them; 0: none does. */
  readonly users: number;
  readonly usersUnnamed: number;
  readonly counted: Counted;
  readonly most: readonly AffectedInstallation[];
}

/** What somebody said, as feedback of its own or with a report. */
export type Said = Pick<Feedback, 'name' | 'email' | 'message' | 'url' | 'at' | 'crashId'>;

type Asked = Pick<Bug, 'id' | 'account' | 'product'>;

/** Null: the filter is not understood. */
export async function affectedBy(seen: SeenStore, bug: Asked, query: Query | null): Promise<Affected | null> {
  const found = await seen.search({
    account: bug.account,
    product: bug.product,
    query: ofBug(bug.id, query ?? EVERYTHING),
    facets: [
      {
        key: 'installation',
        top: TOP_INSTALLATIONS,
        distinct: null,
        days: true,
        within: { key: 'version', top: 3 },
      },
      { key: 'user', top: 1, distinct: null, days: false },
    ],
    histogram: null,
    distinct: [],
    numbers: [],
    list: null,
  });
  if ('fault' in found) return null;
  const [facet, users] = found.answer.facets;
  return {
    users: users?.different ?? 0,
    usersUnnamed: users?.absent ?? 0,
    counted: found.answer,
    installations: facet?.different ?? 0,
    unnamed: facet?.absent ?? 0,
    most: (facet?.values ?? []).map(({ value, crashes, days, within }) => ({
      number: Number(value),
      crashes,
      firstDay: (days[0]?.[0] ?? 0) * DAY_MS,
      lastDay: (days.at(-1)?.[0] ?? 0) * DAY_MS,
      versions: within.map((one) => String(one.value)),
    })),
  };
}

/** Feedback and comments of the bug's reports that the filter selects, in one list, the newest first: those that the person may see. */
export async function wordsAbout(seen: SeenStore, bug: Asked, query: Query | null): Promise<readonly Said[]> {
  const [feedback, comments] = await Promise.all([
    feedbackOf(seen, bug, query),
    commentsOf(seen, bug, query),
  ]);
  return [...feedback, ...comments].toSorted((a, b) => b.at - a.at).slice(0, MAX_WORDS);
}

async function feedbackOf(seen: SeenStore, bug: Asked, query: Query | null): Promise<readonly Feedback[]> {
  if (query === null) return seen.feedbackOfBug(bug.id, MAX_WORDS);
  const feedback = await seen.feedbackOfBug(bug.id, MAX_FEEDBACK);
  const crashIds = [...new Set(feedback.flatMap(({ crashId }) => crashId ?? []))];
  if (crashIds.length === 0) return [];
  const { account, product } = bug;
  const theirs: Query = {
    is: 'clause',
    key: 'crash_id',
    conditions: crashIds.map((text) => ({ op: 'equals', text })),
    at: 0,
  };
  const found = await seen.search({
    account,
    product,
    query: ofBug(bug.id, allOf([theirs, query])),
    facets: [],
    histogram: null,
    distinct: [],
    numbers: [],
    list: {
      columns: ['crash_id'],
      sort: { key: 'received', descending: true },
      limit: MAX_FEEDBACK,
      cursor: null,
    },
  });
  if ('fault' in found) return [];
  const selected = new Set(found.answer.list.map(({ values: [crashId] }) => crashId));
  return feedback.filter(({ crashId }) => crashId !== null && selected.has(crashId)).slice(0, MAX_WORDS);
}

async function commentsOf(seen: SeenStore, bug: Asked, query: Query | null): Promise<readonly Said[]> {
  const { account, product } = bug;
  const names = (await seen.searchKeys({ account, product }))
    .filter(({ name, isField }) => !isField && isCommentName(name.slice(name.indexOf('.') + 1)))
    .map(({ name }) => name)
    .slice(0, MAX_NAMES);
  const lists = await Promise.all(
    names.map(async (name) => {
      const found = await seen.search({
        account,
        product,
        query: ofBug(bug.id, allOf([equals('has', name), ...(query === null ? [] : [query])])),
        facets: [],
        histogram: null,
        distinct: [],
        numbers: [],
        list: {
          columns: [name, 'crash_id', 'received'],
          sort: { key: 'received', descending: true },
          limit: MAX_WORDS,
          cursor: null,
        },
      });
      return 'fault' in found ? [] : found.answer.list;
    }),
  );
  return lists.flat().map(({ values: [words, crashId, received] }): Said => ({
    name: '',
    email: '',
    message: Array.isArray(words) ? words.join('\n') : String(words ?? ''),
    url: '',
    at: Number(received ?? 0),
    crashId: typeof crashId === 'string' ? crashId : null,
  }));
}
