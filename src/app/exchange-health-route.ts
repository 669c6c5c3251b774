/** `GET /health/exchange`: the state of the connector for monitors; and the same as metrics. */
import type { Route } from '../http/door.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Connectors } from './connectors.ts';
import { type ExchangeHealth, healthGauges } from './exchange-health.ts';

/** 503 when nothing is synchronized; 404 while the connector is switched off. */
export function exchangeHealthRoute(connectors: Pick<Connectors, 'health'>): Route {
  return {
    door: 'health',
    prefix: 'health',
    signIn: 'none',
    methods: ['GET', 'HEAD'],
    async handle({ target }) {
      const isOurs = /^\/health\/exchange\/?(?:\?|$)/.test(target);
      const health = isOurs ? await connectors.health() : undefined;
      if (!health) {
        return {
          status: 404,
          headers: { 'Content-Type': 'text/plain; charset=utf-8' },
          body: 'nothing here\n',
        };
      }
      return {
        status: health.state === 'failed' ? 503 : 200,
        headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
        body: `${JSON.stringify(health)}\n`,
      };
    },
  };
}

/** Metrics that are read within this time come from one reading, so that they fit together. */
const sameMomentMs = 2_000;

export function exchangeMetrics(
  metrics: Metrics,
  connectors: Pick<Connectors, 'health'>,
  nowMs: () => number,
): void {
  let asked: { readonly at: number; readonly health: Promise<ExchangeHealth | undefined> } | undefined;
  const health = (): Promise<ExchangeHealth | undefined> => {
    if (!asked || nowMs() - asked.at > sameMomentMs) asked = { at: nowMs(), health: connectors.health() };
    return asked.health;
  };
  for (const [name, help, of] of healthGauges) {
    metrics.gauge(name, help, async () => {
      const known = await health();
      return known && of(known);
    });
  }
}
