// Releases as Sentry's tools speak of them. What they say of one (when it was released, its commits, where it went) is kept beside what crashes
// and sessions say; deleting one forgets that and deletes its source maps.
import { idOfReleaseFile } from '../../../process/symbols/source-maps/map-key.ts';
import { releaseParts } from '../../../report/sentry/event-summary.ts';
import type { Product } from '../../../store/people.ts';
import type { ReleaseCommit, ReleaseNote } from '../../../store/releases.ts';
import type { SymbolFile, SymbolStore } from '../../../store/symbols.ts';
import type { ReportsContext } from '../../reports-context.ts';
import { firstLine } from '../../view/release-note.ts';
import { jsonBody, namedProducts, productsOf, slugOf, textOf, textsOf, ToolRefused } from './tool-request.ts';
import type { Asking, ToolEndpoint, ToolRequest } from './tool-request.ts';

const MAX_PROJECTS = 100;
const MAX_RELEASES = 100;
const MAX_COMMITS = 500;
const MAX_MESSAGE = 5000;
const MAX_PATHS = 5000;
const MAX_PATH = 300;
const PAGE = 200;
const MAX_PAGES = 50;

export const releaseEndpoints: readonly ToolEndpoint[] = [
  { method: 'POST', path: '/organizations/:org/releases', answer: (request) => make(request, null) },
  {
    method: 'POST',
    path: '/projects/:org/:project/releases',
    answer: (request) => make(request, request.param('project')),
  },
  { method: 'PUT', path: '/organizations/:org/releases/:version', answer: change },
  { method: 'PUT', path: '/projects/:org/:project/releases/:version', answer: change },
  { method: 'GET', path: '/organizations/:org/releases/:version', answer: show },
  { method: 'GET', path: '/projects/:org/:project/releases/:version', answer: show },
  { method: 'DELETE', path: '/organizations/:org/releases/:version', answer: remove },
  { method: 'DELETE', path: '/projects/:org/:project/releases/:version', answer: remove },
  { method: 'GET', path: '/projects/:org/:project/releases', answer: list },
  { method: 'GET', path: '/organizations/:org/releases', answer: list },
  {
    method: 'GET',
    path: '/organizations/:org/releases/:version/previous-with-commits',
    answer: async ({ c }) => Promise.resolve(c.json({})),
  },
  {
    method: 'GET',
    path: '/organizations/:org/releases/:version/commits',
    answer: async ({ c }) => Promise.resolve(c.json([])),
  },
  { method: 'GET', path: '/organizations/:org/repos', answer: async ({ c }) => Promise.resolve(c.json([])) },
  {
    method: 'GET',
    path: '/organizations/:org/releases/:version/deploys',
    answer: async ({ c }) => Promise.resolve(c.json([])),
  },
  { method: 'POST', path: '/organizations/:org/releases/:version/deploys', answer: deploy },
];

async function make({ c, context, person, param }: ToolRequest, project: string | null): Promise<Response> {
  const body = await jsonBody(c);
  const version = textOf(body['version']);
  if (version === null) throw new ToolRefused(400, 'The release has no version.');
  const named = project === null ? textsOf(body['projects'], MAX_PROJECTS) : [project];
  const products = await namedProducts({ context, person }, param('org'), named);
  await note(context, products, noteOf(version, body));
  return c.json(releaseJson(version, products, { at: context.now(), released: body['dateReleased'] }), 201);
}

async function change({ c, context, person, param }: ToolRequest): Promise<Response> {
  const body = await jsonBody(c);
  const products = await namedProducts(
    { context, person },
    param('org'),
    textsOf(body['projects'], MAX_PROJECTS),
  );
  const all = products.length === 0 ? await productsOf({ context, person }, param('org')) : products;
  const version = param('version');
  await note(
    context,
    products.length === 0 ? await madeFor(context, all, versionOf(version)) : products,
    noteOf(version, body),
  );
  return c.json(releaseJson(version, all, { at: context.now(), released: body['dateReleased'] }));
}

async function show({ c, context, person, param }: ToolRequest): Promise<Response> {
  const products = await productsOf({ context, person }, param('org'));
  return c.json(releaseJson(param('version'), products, { at: context.now(), released: null }));
}

async function deploy({ c, context, person, param }: ToolRequest): Promise<Response> {
  const all = await productsOf({ context, person }, param('org'));
  const body = await jsonBody(c);
  const at = new Date(context.now()).toISOString();
  const version = versionOf(param('version'));
  const named = await namedProducts(
    { context, person },
    param('org'),
    textsOf(body['projects'], MAX_PROJECTS),
  );
  for (const { account, name } of named.length > 0 ? named : await madeFor(context, all, version)) {
    await context.store.releases.deployed({ account, product: name }, version, {
      environment: textOf(body['environment']) ?? 'production',
      name: textOf(body['name']),
      url: webAddress(body['url']),
      startedAt: timeOf(body['dateStarted']),
      finishedAt: timeOf(body['dateFinished']) ?? context.now(),
    });
  }
  return c.json(
    {
      id: '1',
      environment: textOf(body['environment']) ?? 'production',
      name: textOf(body['name']),
      url: textOf(body['url'], 2000),
      dateStarted: textOf(body['dateStarted']),
      dateFinished: textOf(body['dateFinished']) ?? at,
    },
    201,
  );
}

/** Tools write `shop@2.1+7` where crashes and sessions say 2.1. */
function versionOf(release: string): string {
  return releaseParts(release, null).version ?? release;
}

/** What a tool says of a release, as far as it is kept. */
function noteOf(release: string, body: Readonly<Record<string, unknown>>): ReleaseNote {
  const { commits, refs } = body;
  const [ref] = Array.isArray(refs) ? refs : [];
  return {
    version: versionOf(release),
    releasedAt: timeOf(body['dateReleased']),
    url: webAddress(body['url']),
    ref: textOf(body['ref']) ?? textOf(isRecord(ref) ? ref['commit'] : null),
    commits: Array.isArray(commits) ? commits.slice(0, MAX_COMMITS).flatMap(commitOf) : null,
  };
}

function commitOf(value: unknown): readonly ReleaseCommit[] {
  const id = isRecord(value) ? textOf(value['id']) : null;
  if (!isRecord(value) || id === null) return [];
  return [
    {
      id,
      repository: textOf(value['repository']),
      // Addresses of people stay out: their names say enough.
      author: textOf(value['author_name']),
      message: firstLine(textOf(value['message'], MAX_MESSAGE) ?? ''),
      at: timeOf(value['timestamp']),
      ...changedPaths(value['patch_set']),
    },
  ];
}

/** `patch_set`: `[{"path": "src/cart.py", "type": "M"}]`; whether a file was added, modified or deleted is the same here. */
function changedPaths(patchSet: unknown): Pick<ReleaseCommit, 'paths' | 'pathsLeft'> {
  if (!Array.isArray(patchSet)) return { paths: [], pathsLeft: 0 };
  const paths = patchSet
    .slice(0, MAX_PATHS)
    .flatMap((one: unknown) => (isRecord(one) && typeof one['path'] === 'string' ? [one['path']] : []))
    .filter((path) => path !== '' && path.length <= MAX_PATH);
  return { paths, pathsLeft: patchSet.length - paths.length };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function timeOf(value: unknown): number | null {
  const text = textOf(value);
  const at = text === null ? NaN : Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

function webAddress(value: unknown): string | null {
  const text = textOf(value, 500);
  return text !== null && /^https?:\/\//i.test(text) ? text : null;
}

async function note(context: ReportsContext, products: readonly Product[], said: ReleaseNote): Promise<void> {
  for (const { account, name } of products) {
    await context.store.releases.note({ account, product: name }, said);
  }
}

/** A tool that names no project speaks of those that it made the release for. */
async function madeFor(
  context: ReportsContext,
  products: readonly Product[],
  version: string,
): Promise<readonly Product[]> {
  const names = new Set(await context.store.releases.madeFor(products[0]?.account ?? '', version));
  return products.filter(({ name }) => names.has(name));
}

/** Releases that have source maps, newest first. */
async function list({ c, context, person, param }: ToolRequest): Promise<Response> {
  const project = c.req.param('project');
  const products =
    project === undefined
      ? await productsOf({ context, person }, param('org'))
      : await namedProducts({ context, person }, param('org'), [param('project')]);
  const found = new Map<string, { readonly at: number; readonly products: Set<Product> }>();
  for (const product of products) {
    for await (const { release, row } of releaseFiles({ context, person }, param('org'), product)) {
      const known = found.get(release);
      if (known !== undefined) known.products.add(product);
      else if (found.size < MAX_RELEASES)
        found.set(release, { at: row.uploadedAt, products: new Set([product]) });
    }
  }
  return c.json(
    [...found].map(([version, release]) =>
      releaseJson(version, [...release.products], { at: release.at, released: null }),
    ),
  );
}

async function remove({ c, context, person, param }: ToolRequest): Promise<Response> {
  const doomed: SymbolFile[] = [];
  for (const product of await productsOf({ context, person }, param('org'))) {
    const { account, name } = product;
    await context.store.releases.forget({ account, product: name }, versionOf(param('version')));
    for await (const { release, row } of releaseFiles({ context, person }, param('org'), product))
      if (release === param('version')) doomed.push(row);
  }
  for (const row of doomed) await context.gate.symbolsOf(person).deleteSymbols(row);
  return c.body(null, 204);
}

/** The files that are kept under the URL of a release of a product. */
async function* releaseFiles(
  { context, person }: Asking,
  account: string,
  product: Product,
): AsyncGenerator<{ readonly release: string; readonly row: SymbolFile }> {
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page: Awaited<ReturnType<SymbolStore['listSymbols']>> = await context.gate
      .symbolsOf(person)
      .listSymbols(
        { holds: 'mappings', product: product.name },
        { limit: PAGE, ...(cursor !== null && { cursor }) },
      );
    for (const row of page.rows) {
      const match = /^(.*?)(?: \(([^()]*)\))?$/s.exec(row.generator ?? '');
      const [, release = '', dist = ''] = match ?? [];
      // Products of two accounts may have one name: the id tells whose file it is.
      const id = idOfReleaseFile({ account, product: product.name, release }, dist, row.codeFile ?? '');
      if (release !== '' && row.debugId === id) yield { release, row };
    }
    cursor = page.next;
    if (cursor === null) return;
  }
}

/** A release in the words of the tools: projects are objects, not names. */
function releaseJson(
  version: string,
  products: readonly Product[],
  { at, released }: { readonly at: number; readonly released: unknown },
): Readonly<Record<string, unknown>> {
  return {
    version,
    shortVersion: version,
    ref: null,
    url: null,
    dateCreated: new Date(at).toISOString(),
    dateReleased: textOf(released),
    data: {},
    newGroups: 0,
    owner: null,
    commitCount: 0,
    lastCommit: null,
    deployCount: 0,
    lastDeploy: null,
    authors: [],
    projects: products.map(({ id, name }) => ({
      id,
      name,
      slug: slugOf(name),
      newGroups: 0,
      platform: null,
      platforms: [],
    })),
    firstEvent: null,
    lastEvent: null,
  };
}
