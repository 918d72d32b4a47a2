// Holds the import rule of docs/architecture.md: who may import whom. A rule that finds nothing to check is a failure.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

/** The stores' contracts: plain files that every store shares. */
const CONTRACTS = globSync('src/store/*.ts').map((file) => path.posix.basename(file.replaceAll('\\', '/')));

/** Folder of src/ → the folders whose files it may import; its own is always allowed. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  report: ['base'],
  formats: ['base'],
  wire: ['report', 'base'],
  search: ['report', 'base'],
  store: ['search', 'report', 'base'],
  alerts: ['store', 'search', 'report', 'base'],
  submit: ['wire', 'store', 'report', 'base'],
  process: ['alerts', 'report', 'formats', 'store', 'search', 'base'],
  reports: ['alerts', 'store', 'search', 'report', 'base', 'process', 'wire'],
  client: ['formats', 'base'],
  library: ['base', 'formats', 'process'],
  moving: ['base', 'report', 'formats', 'search', 'store', 'submit', 'process', 'client'],
  app: [
    ...['base', 'report', 'formats', 'wire', 'search', 'store', 'submit', 'process', 'reports', 'client'],
    'moving',
  ],
  cli: [
    ...['base', 'report', 'formats', 'wire', 'search', 'store', 'submit', 'process', 'reports', 'client'],
    ...['moving', 'library', 'app'],
  ],
};

/**
 * Rooms inside rooms: what each inner folder may import of its own room (folders, and files of the room's own folder by name).
 * Those files put things together and may import all of the room, unless they have a row here; nothing imports them that does not say so.
 */
const INSIDE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'src/store': {
    shared: CONTRACTS,
    filing: ['shared', ...CONTRACTS],
    s3: [],
    embedded: ['filing', 's3', 'shared', ...CONTRACTS],
    ...Object.fromEntries(CONTRACTS.map((contract) => [contract, CONTRACTS])),
  },
  'src/store/embedded': {
    sealed: [],
    disk: ['sealed'],
    packing: ['disk', 'sealed'],
    database: ['disk', 'sealed'],
    transaction: ['database', 'disk'],
    read: ['database', 'disk'],
    audit: ['database', 'transaction'],
    journal: ['database', 'disk'],
    erasures: [
      ...['audit', 'database', 'filing', 'journal', 'notifications', 'read', 'sessions'],
      ...['symbols', 'transaction', 'write'],
    ],
    retention: ['database', 'disk', 'queue', 'transaction', 'write'],
    clients: ['database', 'transaction'],
    sessions: ['database', 'transaction'],
    releases: ['database', 'search', 'sessions', 'transaction'],
    analysis: ['bugs', 'database', 'releases', 'search'],
    filing: ['database', 'queue', 'transaction'],
    bugs: ['database', 'queue', 'read', 'transaction'],
    queue: ['database', 'read', 'transaction'],
    reading: ['analysis', 'audit', 'bugs', 'database', 'disk', 'notifications', 'read', 'releases', 'search'],
    search: ['bugs', 'database', 'read', 'transaction'],
    notifications: ['database', 'transaction'],
    tickets: ['database', 'transaction'],
    secrets: ['database', 'disk', 'sealed'],
    repair: ['database', 'disk', 'sealed', 'secrets'],
    backup: ['database', 'disk', 'journal', 'secrets', 'symbols', 'open-attachment.ts'],
    symbols: ['database', 'disk', 'transaction'],
    write: ['database', 'disk', 'filing', 'journal', 'sealed', 'symbols', 'transaction'],
    joined: ['database', 'queue', 'read', 'transaction', 'write'],
    thread: [
      ...[
        'audit',
        'bugs',
        'clients',
        'database',
        'disk',
        'erasures',
        'filing',
        'journal',
        'joined',
        'notifications',
        'queue',
      ],
      ...['releases', 'retention', 'search', 'sessions', 'symbols', 'tickets'],
      ...['transaction', 'write'],
    ],
  },
  'src/reports': {
    'reports-context.ts': ['attempts.ts', 'gate', 'sign-in-provider.ts'],
    'sign-in-provider.ts': [],
    gate: [],
    'attempts.ts': [],
    'request-rate.ts': [],
    'below-path.ts': ['reports-context.ts'],
    auth: ['below-path.ts', 'reports-context.ts', 'sign-in-provider.ts'],
    audit: ['auth', 'reports-context.ts'],
    operations: ['auth', 'gate', 'reports-context.ts'],
    view: ['auth', 'gate', 'reports-context.ts'],
    query: ['auth', 'gate', 'view', 'reports-context.ts'],
    http: ['auth', 'gate', 'view', 'reports-context.ts'],
    symbols: ['audit', 'auth', 'gate', 'operations', 'view', 'below-path.ts', 'reports-context.ts'],
    api: ['audit', 'auth', 'gate', 'http', 'operations', 'query', 'symbols', 'view', 'reports-context.ts'],
    web: [
      ...['api', 'audit', 'auth', 'gate', 'http', 'query', 'symbols', 'view'],
      ...['attempts.ts', 'below-path.ts', 'reports-context.ts', 'request-rate.ts'],
      'sign-in-provider.ts',
    ],
  },
};

/** Only this file may name an implementation of the store; an implementation may name itself. */
const COMPOSE = 'src/app/compose.ts';
/** What `reports` may take from `process`: the folders made for previews and tickets, and symbols, which it takes in and gives out. */
const SHARED_PROCESSES = ['src/process/preview/', 'src/process/symbols/', 'src/process/tickets/'];
/** What `reports` may take from `wire`: the reader of multipart bodies, which knows no protocol. */
const SHARED_WIRE = new Set([
  'src/wire/multipart.ts',
  'src/wire/part-header.ts',
  'src/wire/header-parameters.ts',
]);

/**
 * Files of `reports` beside the gate that name a store which is not closed: the server puts the gate together; the others are called by
 * the gate, or take parts that give nothing but what is public.
 */
const OPEN_STORE_HOLDERS: readonly string[] = [
  'src/reports/auth/one-time-link.ts',
  'src/reports/query/process-deferred.ts',
  'src/reports/reports-server.ts',
];

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(file: string): readonly Import[] {
  const source = readFileSync(file, 'utf8');
  const pattern = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;
  return [...source.matchAll(pattern)].map((match) => ({
    from: file,
    to: path.posix.join(path.posix.dirname(file), match[1] ?? ''),
  }));
}

/** The folder inside a room that a file lies in; for a file of the room's own folder its name. */
function partOf(room: string, file: string): string {
  return file.slice(room.length + 1).split('/')[0] ?? '';
}

/** The names along a circle of imports; null where there is none. */
function circleIn(edges: readonly Import[]): readonly string[] | null {
  const targets = Map.groupBy(edges, ({ from }) => from);
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (name: string): readonly string[] | null => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return null;
    way.push(name);
    for (const { to } of targets.get(name) ?? []) {
      const circle = visit(to);
      if (circle !== null) return circle;
    }
    way.pop();
    done.add(name);
    return null;
  };
  for (const name of targets.keys()) {
    const circle = visit(name);
    if (circle !== null) return circle;
  }
  return null;
}

const files = globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'));
const imports = files.flatMap(importsOf);
const roomOf = (file: string): string => file.split('/')[1] ?? '';

test('there is something to check', () => {
  assert.ok(files.length > 20, `only ${files.length} files`);
  assert.ok(imports.length > 20, `only ${imports.length} imports`);
});

test('every folder of src/ has its row in the import rule', () => {
  assert.deepEqual(
    [...new Set(files.map(roomOf))].filter((room) => !(room in ALLOWED)),
    [],
  );
});

test('each folder imports only what the rule allows', () => {
  const broken = imports.filter(({ from, to }) => {
    const [room, target] = [roomOf(from), roomOf(to)];
    if (!to.startsWith('src/') || room === target) return false;
    return !(ALLOWED[room] ?? []).includes(target);
  });
  assert.deepEqual(broken, []);
});

test('inside a room, each folder imports only what its row allows, and every folder has one', () => {
  for (const [room, rows] of Object.entries(INSIDE)) {
    const within = imports.filter(({ from, to }) => from.startsWith(`${room}/`) && to.startsWith(`${room}/`));
    assert.ok(within.length > 20, `only ${within.length} imports inside ${room}`);
    const folders = files.filter((file) => file.startsWith(`${room}/`)).map((file) => partOf(room, file));
    assert.deepEqual(
      [...new Set(folders)].filter((part) => !part.endsWith('.ts') && !(part in rows)),
      [],
      `folders of ${room} without a row`,
    );
    const broken = within.filter(({ from, to }) => {
      const [part, target] = [partOf(room, from), partOf(room, to)];
      const allowed = rows[part];
      return part !== target && allowed !== undefined && !allowed.includes(target);
    });
    assert.deepEqual(broken, []);
  }
});

test('imports run in no circle: neither between files nor between the folders inside a room', () => {
  assert.deepEqual(circleIn(imports), null);
  for (const room of Object.keys(INSIDE)) {
    const parts = imports
      .filter(({ from, to }) => from.startsWith(`${room}/`) && to.startsWith(`${room}/`))
      .map(({ from, to }) => ({ from: partOf(room, from), to: partOf(room, to) }));
    assert.deepEqual(circleIn(parts.filter(({ from, to }) => from !== to)), null, room);
  }
});

test('a circle is found', () => {
  const circle = circleIn([
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'c', to: 'b' },
  ]);
  assert.deepEqual(circle, ['b', 'c', 'b']);
});

test('only app/compose.ts names an implementation of the store', () => {
  const implementation = /^src\/store\/(embedded|cluster)\//;
  const broken = imports.filter(
    ({ from, to }) => implementation.test(to) && !implementation.test(from) && from !== COMPOSE,
  );
  assert.deepEqual(broken, []);
});

test('reports takes from process only previews and symbols, and from wire only the reader of forms', () => {
  const broken = imports.filter(
    ({ from, to }) =>
      roomOf(from) === 'reports' &&
      ((roomOf(to) === 'process' && !SHARED_PROCESSES.some((folder) => to.startsWith(folder))) ||
        (roomOf(to) === 'wire' && !SHARED_WIRE.has(to))),
  );
  assert.deepEqual(broken, []);
});

test('the library takes from process only symbols, and `mayday dump` is made of the library alone', () => {
  const broken = imports.filter(
    ({ from, to }) =>
      (roomOf(from) === 'library' && roomOf(to) === 'process' && !to.startsWith('src/process/symbols/')) ||
      (from === 'src/cli/commands/dump.ts' && !['cli', 'library'].includes(roomOf(to))),
  );
  assert.deepEqual(broken, []);
  assert.ok(imports.some(({ from, to }) => from === 'src/cli/commands/dump.ts' && roomOf(to) === 'library'));
});

test('only the gate, and what puts it together, holds a store that gives what clients sent', () => {
  const openStore =
    /import type \{[^}]*\b(?:Store|ReportStore|BugStore|QueueStore|Previews)\b[^}]*\} from '[^']*(?:store\/(?:store|reports|bugs|queue)|preview\/previews)\.ts'/;
  const holders = files
    .filter((file) => file.startsWith('src/reports/') && !file.startsWith('src/reports/gate/'))
    .filter((file) => openStore.test(readFileSync(file, 'utf8')));
  assert.deepEqual(holders.toSorted(), OPEN_STORE_HOLDERS);
});

test('only app/config.ts and the entry of the command line read the environment', () => {
  const readers = files.filter((file) => readFileSync(file, 'utf8').includes('process.env'));
  assert.deepEqual(readers, ['src/cli/main.ts']);
});

test('no two files of src/ share a name, so that a name says which file is meant', () => {
  const named = Map.groupBy(files, (file) => path.posix.basename(file));
  assert.deepEqual(
    [...named.values()].filter((same) => same.length > 1),
    [],
  );
});

const ofStore = files.filter((file) => file.startsWith('src/store/'));

test('the store touches files in one place only, so that a test can make every operation fail', () => {
  const pattern = /['"](?:node:)?(?:fs|fs\/promises|child_process)['"]/;
  const found = ofStore.filter((file) => pattern.test(readFileSync(file, 'utf8')));
  assert.deepEqual(found, ['src/store/embedded/disk/files.ts']);
});

test('the store compiles and runs statements in one place only, for the same reason', () => {
  const pattern =
    /\b\w*(?:[cC]onnection|[dD]atabase|db)\s*(?:\(\))?\.(?:prepare|exec|pragma|transaction|backup)\b/;
  const found = ofStore.filter((file) => pattern.test(readFileSync(file, 'utf8')));
  assert.deepEqual(found, ['src/store/embedded/database/statements.ts']);
  const opening = ofStore.filter((file) =>
    /import (?!type)[^;]*'better-sqlite3'/.test(readFileSync(file, 'utf8')),
  );
  assert.deepEqual(opening, ['src/store/embedded/database/open-database.ts']);
});

test('migrations are numbered one after the other: two branches may have taken the same number', () => {
  const numbers = globSync('src/store/embedded/migrations/*.sql').map((file) =>
    Number(path.posix.basename(file.replaceAll('\\', '/')).slice(0, 4)),
  );
  assert.ok(numbers.length > 0);
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    numbers.map((_, index) => index + 1),
  );
});
