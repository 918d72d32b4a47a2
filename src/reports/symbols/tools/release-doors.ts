// Releases as Sentry's tools speak of them. Mayday knows releases by the reports and source maps that name them: making one, and saying
// what is in it, is answered and changes nothing; deleting one deletes its source maps.
import { idOfReleaseFile } from '../../../process/symbols/source-maps/map-key.ts';
import type { Product } from '../../../store/people.ts';
import type { SymbolFile } from '../../../store/symbols.ts';
import type { ReportsContext } from '../../reports-context.ts';
import { jsonBody, namedProducts, productsOf, slugOf, textOf, textsOf, ToolRefused } from './tool-request.ts';
import type { ToolDoor, ToolRequest } from './tool-request.ts';

const MAX_PROJECTS = 100;
const MAX_RELEASES = 100;
const PAGE = 200;
const MAX_PAGES = 50;

export const releaseDoors: readonly ToolDoor[] = [
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

async function make({ c, context, param }: ToolRequest, project: string | null): Promise<Response> {
  const body = await jsonBody(c);
  const version = textOf(body['version']);
  if (version === null) throw new ToolRefused(400, 'The release has no version.');
  const named = project === null ? textsOf(body['projects'], MAX_PROJECTS) : [project];
  const products = await namedProducts(context, param('org'), named);
  return c.json(releaseJson(version, products, { at: context.now(), released: body['dateReleased'] }), 201);
}

async function change({ c, context, param }: ToolRequest): Promise<Response> {
  const body = await jsonBody(c);
  const products = await namedProducts(context, param('org'), textsOf(body['projects'], MAX_PROJECTS));
  const all = products.length === 0 ? await productsOf(context, param('org')) : products;
  return c.json(releaseJson(param('version'), all, { at: context.now(), released: body['dateReleased'] }));
}

async function show({ c, context, param }: ToolRequest): Promise<Response> {
  const products = await productsOf(context, param('org'));
  return c.json(releaseJson(param('version'), products, { at: context.now(), released: null }));
}

async function deploy({ c, context, param }: ToolRequest): Promise<Response> {
  await productsOf(context, param('org'));
  const body = await jsonBody(c);
  const at = new Date(context.now()).toISOString();
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

/** Releases that have source maps, newest first. */
async function list({ c, context, param }: ToolRequest): Promise<Response> {
  const project = c.req.param('project');
  const products =
    project === undefined
      ? await productsOf(context, param('org'))
      : await namedProducts(context, param('org'), [param('project')]);
  const found = new Map<string, { readonly at: number; readonly products: Set<Product> }>();
  for (const product of products) {
    for await (const { release, row } of releaseFiles(context, param('org'), product)) {
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

async function remove({ c, context, param }: ToolRequest): Promise<Response> {
  const doomed: SymbolFile[] = [];
  for (const product of await productsOf(context, param('org'))) {
    for await (const { release, row } of releaseFiles(context, param('org'), product))
      if (release === param('version')) doomed.push(row);
  }
  for (const row of doomed) await context.store.symbols.deleteSymbols(row);
  return c.body(null, 204);
}

/** The files that are kept under the URL of a release of a product. */
async function* releaseFiles(
  context: ReportsContext,
  account: string,
  product: Product,
): AsyncGenerator<{ readonly release: string; readonly row: SymbolFile }> {
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page: Awaited<ReturnType<ReportsContext['store']['symbols']['listSymbols']>> =
      await context.store.symbols.listSymbols(
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
