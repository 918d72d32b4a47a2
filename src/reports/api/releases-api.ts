// API: releases of a product, two of them side by side, bugs on the rise, and what tools say of a release.
import { countedJson } from '../view/counted-words.ts';
import { checkReleaseNote } from '../view/release-note.ts';
import { comparisonJson, releaseJson, trendJson, wholeReleaseJson } from '../view/release-json.ts';
import { MAX_COMPARED_DAYS, readCompareQuery } from '../query/release-query.ts';
import type { Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';
import { namedProduct, PRODUCT_PARAMETERS } from './products-api.ts';

const VERSION: Parameter = { name: 'version', in: 'path', description: 'The version, encoded for a URL.' };

function noSuchRelease(): ApiError {
  return new ApiError(404, 'no_such_release', 'Nothing of this product names this version.');
}

export const releaseOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/products/{account}/{product}/releases',
    id: 'listReleases',
    summary: 'Releases of a product, newest first in its order of versions',
    access: 'read',
    parameters: [...PRODUCT_PARAMETERS, ...CURSOR_PARAMETERS],
    answer: {
      status: 200,
      description: 'A page of releases.',
      contentType: 'application/json',
      schema: schemaRef('ReleaseList'),
    },
    failures: [400, 404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const { limit, cursor } = readPage(request.query);
      const offset = /^\d{1,6}$/.test(cursor ?? '') ? Number(cursor) : 0;
      const found = await request.seen.listReleases({ account, product: name }, { offset, limit });
      const next = offset + found.releases.length;
      return request.c.json({
        releases: found.releases.map(releaseJson),
        total: found.total,
        next: next < found.total ? String(next) : null,
        ...countedJson(found),
      });
    },
  },
  {
    method: 'get',
    path: '/api/products/{account}/{product}/releases/{version}',
    id: 'getRelease',
    summary: 'One release: its days, who ran it, its commits and deploys',
    access: 'read',
    parameters: [...PRODUCT_PARAMETERS, VERSION],
    answer: {
      status: 200,
      description: 'The release.',
      contentType: 'application/json',
      schema: schemaRef('Release'),
    },
    failures: [404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const release = await request.seen.getRelease({ account, product: name }, request.param('version'));
      if (release === null) throw noSuchRelease();
      return request.c.json(wholeReleaseJson(release));
    },
  },
  {
    method: 'post',
    path: '/api/products/{account}/{product}/releases',
    id: 'noteRelease',
    summary: 'Say when a release was made, of which commits, and where it went',
    access: 'triage',
    parameters: PRODUCT_PARAMETERS,
    requestBody: schemaRef('ReleaseNote'),
    // Commits come with the paths that they changed.
    maxBodyBytes: 4 * 1024 * 1024,
    answer: {
      status: 201,
      description: 'The release.',
      contentType: 'application/json',
      schema: schemaRef('Release'),
    },
    failures: [400, 404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const checked = checkReleaseNote(await request.body(), request.context.now());
      if (!checked.ok) throw new ApiError(400, 'bad_release', checked.fault);
      const { note, deploy } = checked.value;
      const product = { account, product: name };
      const { releases } = request.context.store;
      await releases.note(product, note);
      if (deploy !== null) await releases.deployed(product, note.version, deploy);
      const release = await request.seen.getRelease(product, note.version);
      if (release === null) throw noSuchRelease();
      return request.c.json(wholeReleaseJson(release), 201);
    },
  },
  {
    method: 'get',
    path: '/api/products/{account}/{product}/compare',
    id: 'compareReleases',
    summary: 'Two releases side by side: bugs that are new, gone, worse, better',
    description:
      'The same number of days of each, counted in installations. Bugs are worse or better where chance explains less than 5 % of such findings.',
    access: 'read',
    parameters: [
      ...PRODUCT_PARAMETERS,
      { name: 'base', in: 'query', description: 'The release that is compared with.' },
      { name: 'new', in: 'query', description: 'The release that is looked at.' },
      {
        name: 'days',
        in: 'query',
        description: `At most so many first days of each; default 28, at most ${MAX_COMPARED_DAYS}.`,
      },
      { name: 'bug', in: 'query', description: 'Only this bug.' },
    ],
    answer: {
      status: 200,
      description: 'The comparison.',
      contentType: 'application/json',
      schema: schemaRef('ReleaseComparison'),
    },
    failures: [400, 404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const asked = readCompareQuery(request.query);
      if (asked.problem !== null) throw new ApiError(400, 'bad_query', asked.problem);
      if (asked.base === null || asked.new === null) {
        throw new ApiError(400, 'bad_query', 'Name two releases: "base" and "new".');
      }
      const { base, new: fresh, days, bugId } = asked;
      const found = await request.seen.compareReleases(
        { account, product: name },
        { base, new: fresh, days, bugId },
      );
      if (found === null) throw noSuchRelease();
      return request.c.json(comparisonJson(found));
    },
  },
  {
    method: 'get',
    path: '/api/products/{account}/{product}/trends',
    id: 'listTrends',
    summary:
      'Bugs on the rise: far more installations today than on such a weekday, or this week than before',
    access: 'read',
    parameters: PRODUCT_PARAMETERS,
    answer: {
      status: 200,
      description: 'The strongest first; at most a few minutes old.',
      contentType: 'application/json',
      schema: schemaRef('Trends'),
    },
    failures: [404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const trends = await request.seen.trends({ account, product: name });
      return request.c.json({ trends: trends.map((trend) => trendJson(trend, request.reader)) });
    },
  },
];
