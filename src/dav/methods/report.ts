/** REPORT (RFC 3253 §3.6): finds the report by the root of the body and runs it. */
import { Refusal } from '../../core/refusal.ts';
import { defineMethod, type Method } from '../method.ts';
import { multistatus } from '../multistatus.ts';
import { type PropertyRequest, parsePropertyRequest } from '../planner.ts';
import { callableReport } from '../registry.ts';
import type { ReportCall } from '../report.ts';
import type { World } from '../resource.ts';
import { preferenceHeaders } from '../response.ts';

export const report: Method<World, string> = defineMethod({
  name: 'REPORT',
  spec: 'RFC 3253 §3.6',
  on: 'every',
  changesState: false,
  ignoresPreconditions: true,
  async handle(resource, context) {
    const { request, dav } = context;
    const body = await dav.readXml(request);
    if (body === undefined) throw new Refusal('malformed-request', 'a REPORT needs a body');
    const found = dav.registry.reportsOn(resource.kind).find(({ name }) => name === body.name);
    if (found === undefined) {
      if (resource.isHidden) throw new Refusal('not-found', 'there is nothing at this address');
      throw new Refusal('unsupported-report', `there is no report ${body.name} here`);
    }
    if (found.privilege !== undefined) await dav.require(resource, found.privilege, context);

    const query = found.parse(body, request);
    const requested: PropertyRequest = parsePropertyRequest(body) ?? { ask: 'prop', names: [] };
    const { minimal } = request.prefer;
    const responder = dav.responder({ requested, minimal, inReport: true }, context);
    const call: ReportCall<World> = {
      ...context,
      depth: request.depth ?? found.defaultDepth,
      requested,
      responder,
    };
    const answer = callableReport<World>(found).run(query, resource, call);
    return answer instanceof Promise ? answer : multistatus(answer, preferenceHeaders({ minimal }));
  },
});
