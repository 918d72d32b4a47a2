// The OpenAPI 3.1 document, made from the table of operations.
import type { VersionInfo } from '../reports-context.ts';
import type { Operation, OperationDoc } from '../operations/operation.ts';
import { SCHEMAS, schemaRef } from '../operations/schemas.ts';

const FAILURES: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood.',
  401: 'No valid bearer token.',
  403: 'The token may not do this.',
  404: 'There is no such thing.',
  409: 'It exists already.',
  429: 'The token or its network asked too often; Retry-After says when to try again.',
};

const ACCESS: Readonly<Record<Operation['access'], string>> = {
  member: 'For every token.',
  read: 'Needs the role read.',
  triage: 'Needs the role triage.',
  admin: 'Needs the role admin.',
  protected: 'Needs the right to see protected data.',
  dumps: 'Needs the right to see attachments and dumps.',
  account: 'For administrators of the account.',
  whole: 'For those who read every account, and for administrators of the installation.',
  installation: 'For administrators of the installation.',
};

function failure(status: number) {
  return {
    description: FAILURES[status] ?? 'It failed.',
    content: { 'application/json': { schema: schemaRef('Error') } },
  };
}

/** An operation as the document shows it. */
function docOf({ access, requestBody, ...operation }: Operation): OperationDoc {
  return {
    ...operation,
    rights: ACCESS[access],
    ...(requestBody !== undefined && { content: { 'application/json': requestBody } }),
  };
}

function describe(operation: OperationDoc) {
  const { answer } = operation;
  const statuses = [401, 403, 429, ...(operation.failures ?? [])].sort((one, other) => one - other);
  return {
    operationId: operation.id,
    summary: operation.summary,
    description: [operation.description, operation.rights].filter(Boolean).join(' '),
    ...(operation.parameters !== undefined && {
      parameters: operation.parameters.map((parameter) => ({
        ...parameter,
        required: parameter.in === 'path',
        schema: parameter.schema ?? { type: 'string' },
      })),
    }),
    ...(operation.content !== undefined && {
      requestBody: {
        required: operation.bodyOptional !== true,
        content: Object.fromEntries(
          Object.entries(operation.content).map(([type, schema]) => [type, { schema }]),
        ),
      },
    }),
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.contentType !== undefined && {
          content: { [answer.contentType]: { schema: answer.schema ?? {} } },
        }),
      },
      ...Object.fromEntries(statuses.map((status) => [status, failure(status)])),
    },
  };
}

/** The document for a server at `reportsUrl`. */
export function openApiDocument(
  operations: readonly Operation[],
  options: { readonly reportsUrl: string; readonly version: VersionInfo },
  /** Routes outside of the table. */
  further: readonly OperationDoc[] = [],
): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of [...operations.map(docOf), ...further]) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mayday reports server',
      version: options.version.version,
      description:
        'Crash reports, the inbox and the state of the server. Lists are paged by key: pass `next` of an answer as `cursor`. ' +
        'Protected annotations and attachments are left out for tokens without that right.',
    },
    servers: [{ url: options.reportsUrl }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API token of the account page.' },
      },
      schemas: SCHEMAS,
    },
  };
}
