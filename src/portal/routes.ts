/** All routes in one table. A call of `Api` without a route, or a route without a call, does not compile. */
import type { RouteName } from './api.ts';
import type { Schema } from './json.ts';
import type { RawAnswer, RawBody, RawReply, Reply, Routes } from './route.ts';
import { adminRoutes } from './routes/admin.ts';
import { adminPeopleRoutes } from './routes/admin-people.ts';
import { calendarRoutes } from './routes/calendars.ts';
import { connectRoutes } from './routes/connect.ts';
import { connectionRoutes } from './routes/connections.ts';
import { eventRoutes } from './routes/events.ts';
import { exchangeRoutes } from './routes/exchange.ts';
import { exchangeAdminRoutes } from './routes/exchange-admin.ts';
import { jobRoutes } from './routes/jobs.ts';
import { linkRoutes } from './routes/links.ts';
import { refusedRoutes } from './routes/refused.ts';
import { sessionRoutes } from './routes/session.ts';
import { sharingRoutes } from './routes/sharing.ts';

/** The stream is no call with an answer; the door serves it itself. */
export type StreamName = 'GET /stream';

const routes: Routes<Exclude<RouteName, StreamName>> = {
  ...sessionRoutes,
  ...calendarRoutes,
  ...eventRoutes,
  ...jobRoutes,
  ...linkRoutes,
  ...connectRoutes,
  ...sharingRoutes,
  ...refusedRoutes,
  ...adminPeopleRoutes,
  ...adminRoutes,
  ...connectionRoutes,
  ...exchangeRoutes,
  ...exchangeAdminRoutes,
};

/** A route whose own types are no longer known: what it is given has been read by its schemas. */
export interface AnyRoute {
  readonly summary: string;
  readonly access: 'anyone' | 'signed-in' | 'admin';
  readonly body?: Schema<unknown> | RawBody;
  readonly query?: Schema<unknown>;
  readonly answer?: Schema<unknown> | RawAnswer;
  readonly status?: number;
  readonly joinedStatus?: number;
  readonly run: (call: unknown) => Promise<Reply<unknown> | RawReply>;
}

export interface TableRow {
  readonly name: string;
  readonly method: string;
  /** `/calendars/{id}`. */
  readonly path: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly route: AnyRoute;
}

/** Fixed paths before those with parameters, so that `/calendars/order` is no calendar. */
export const routeTable: readonly TableRow[] = Object.entries(routes)
  .map(([name, route]): TableRow => {
    const [method = '', path = ''] = name.split(' ');
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter);
    const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+)')}$`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the door gives a route what its own schemas have read
    return { name, method, path, names, pattern, route: route as unknown as AnyRoute };
  })
  .toSorted((one, other) => one.names.length - other.names.length);
