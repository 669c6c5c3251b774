/** Which door a request goes to. */
import type { Route } from './door.ts';

/** The first route that fits; the table is short and the order is the answer to every question about it. */
export function routeFor(routes: readonly Route[], path: string, method: string): Route | undefined {
  const segment = firstSegment(path);
  return routes.find(
    ({ prefix, methods }) =>
      (prefix === undefined || prefix === segment) && (methods === undefined || methods.includes(method)),
  );
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return end < 0 ? path.slice(1) : path.slice(1, end);
}
