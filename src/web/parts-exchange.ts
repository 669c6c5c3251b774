/** Exchange: banner item, profile card and administrator's tab, what an event's history has of it, who is on an invited list, and the names of its settings, fetched as one file where it is switched on. */
export { settingNames } from './exchange/admin-settings.tsx';
export { ExchangeTab } from './exchange/admin-tab.tsx';
export { BannerItem } from './exchange/banner-item.tsx';
export { ExchangeCard } from './exchange/card.tsx';
export { EventConflicts } from './exchange/conflicts.tsx';
export { ListMembers } from './exchange/members.tsx';
export { synchronise } from './exchange/status.ts';
