// The JSON Schemas of accounts, and of who may do what in them.
import { ROLES } from '../../store/rights.ts';
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

const productOrNull: Schema = { ...textOrNull, description: 'Null: every product, new ones too.' };
const right = { role: { enum: ROLES }, seesProtected: flag, seesDumps: flag };
const grantee = record(
  {
    kind: { enum: ['everybody', 'user', 'team'] },
    id: { ...count, description: 'Number of the person or team.' },
  },
  ['id'],
);
const rightOrNull: Schema = {
  anyOf: [ref('ProductRight'), { type: 'null' }],
  description: 'With every product; null: only what everybody of the account and of the team has.',
};

export const ACCOUNT_SCHEMAS = {
  ProductRight: record(right),
  Account: record({
    name: text,
    createdAt: time,
    closedAt: { ...timeOrNull, description: 'Since then it takes no reports, and nobody sees it.' },
    products: count,
    members: count,
  }),
  AccountList: record({ accounts: listOf(ref('Account')) }),
  NewAccount: record({ name: text }),
  AccountChange: choice({ name: text, closed: flag }),
  Member: record({
    id: { ...count, description: 'Number of the person.' },
    email: textOrNull,
    name: textOrNull,
    isAdmin: { ...flag, description: 'Administers the account.' },
    teams: listOf(text),
  }),
  MemberList: record({ members: listOf(ref('Member')) }),
  MemberChange: record({
    id: { ...count, description: 'Number of the person.' },
    isAdmin: flag,
  }),
  Team: record({
    id: count,
    name: text,
    members: { ...listOf(count), description: 'Numbers of people.' },
  }),
  TeamList: record({ teams: listOf(ref('Team')) }),
  NewTeam: record({ name: text }),
  TeamMember: record({ id: { ...count, description: 'Number of the person.' } }),
  Grant: record({ id: count, product: productOrNull, to: grantee, ...right }),
  GrantList: record({ grants: listOf(ref('Grant')) }),
  NewGrant: record({ product: productOrNull, to: grantee, ...right }, [
    'product',
    'seesProtected',
    'seesDumps',
  ]),
  Invitation: record({
    id: { ...text, description: 'Names it; it lets nobody in.' },
    email: text,
    isAdmin: flag,
    right: rightOrNull,
    team: { ...textOrNull, description: 'Name of a team.' },
    expiresAt: time,
  }),
  InvitationList: record({ invitations: listOf(ref('Invitation')) }),
  NewInvitation: record({ email: text, isAdmin: flag, right: rightOrNull, team: textOrNull }, [
    'isAdmin',
    'right',
    'team',
  ]),
  CreatedInvitation: record({
    email: text,
    link: { ...text, description: 'Works once, for a week; shown this once.' },
  }),
} as const satisfies Readonly<Record<string, Schema>>;
