/** What is known of the connection: small, so that the calendar's own code can ask without the rest of this part. */
import type { ExchangeStatus } from '../../portal/api.ts';
import { createStore, useStore } from '../state/store.ts';

export const exchange = createStore<{ readonly status: ExchangeStatus | null }>({ status: null });

export function useExchange(): ExchangeStatus | null {
  return useStore(exchange, ({ status }) => status);
}
