/** Exchange: banner item, profile card and administrator's tab, fetched as one file where it is switched on. */
export { ExchangeTab } from './exchange/admin-tab.tsx';
export { BannerItem } from './exchange/banner-item.tsx';
export { ExchangeCard } from './exchange/card.tsx';
export { synchronise } from './exchange/status.ts';
