/** The description of the API, computed from the table of routes (OpenAPI 3.1). A test holds the server against it. */

import { type AnyRoute, routeTable, type TableRow } from './routes.ts';
import { apiError } from './schemas.ts';

export function openApi(version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const row of routeTable) (paths[row.path] ??= {})[row.method.toLowerCase()] = operation(row);
  paths['/stream'] = { get: streamOperation };
  return {
    openapi: '3.1.0',
    info: {
      title: 'portcal page API',
      version,
      description:
        'What the page of this server speaks. Writes carry X-Requested-With: portal and, from browsers, the own Origin. ' +
        'Entities have an ETag; writes to them take If-Match.',
    },
    servers: [{ url: '/api/v1' }],
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'portcal' } },
      schemas: { Error: apiError.description },
      responses: {
        Error: { description: 'What went wrong, in words', content: media('application/json', reference) },
      },
    },
    paths,
  };
}

const reference = { $ref: '#/components/schemas/Error' };

const failures = { default: { $ref: '#/components/responses/Error' } };

const session = [{ session: [] }];

const streamOperation = {
  operationId: 'GET /stream',
  summary: 'Server-sent events: calendar-changed, calendars-changed, job, sync, device-connected, signed-out',
  security: session,
  responses: {
    200: { description: 'Events as they come', content: media('text/event-stream', { type: 'string' }) },
    ...failures,
  },
};

function operation({ name, names, method, route }: TableRow): unknown {
  const { summary, access, body } = route;
  return {
    operationId: name,
    summary,
    ...(access !== 'anyone' && { security: session }),
    ...(access === 'admin' && { 'x-role': 'admin' }),
    parameters: [
      ...names.map((parameter) => ({
        name: parameter,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...queryParameters(route),
      ...(method === 'GET'
        ? []
        : [{ name: 'X-Requested-With', in: 'header', required: true, schema: { const: 'portal' } }]),
    ],
    ...(body && { requestBody: { required: true, content: bodyContent(body) } }),
    responses: { ...success(route), ...failures },
  };
}

function queryParameters({ query }: AnyRoute): readonly unknown[] {
  const { properties, required } = query?.description ?? {};
  if (typeof properties !== 'object' || properties === null) return [];
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, schema]: [string, unknown]) => ({
    name,
    in: 'query',
    required: needed.includes(name),
    schema,
  }));
}

function bodyContent(body: NonNullable<AnyRoute['body']>): unknown {
  if (!('mediaTypes' in body)) return media('application/json', body.description);
  return Object.assign({}, ...body.mediaTypes.map((type) => media(type, { type: 'string' })));
}

function success({ answer, status, joinedStatus }: AnyRoute): Readonly<Record<string, unknown>> {
  if (!answer) return { 204: { description: 'Done' } };
  const content =
    'mediaType' in answer
      ? media(answer.mediaType, { type: 'string' })
      : media('application/json', answer.description);
  return {
    [status ?? 200]: { description: 'The answer', content },
    ...(joinedStatus !== undefined && { [joinedStatus]: { description: 'The one under way', content } }),
  };
}

function media(type: string, schema: unknown): Readonly<Record<string, unknown>> {
  return { [type]: { schema } };
}
