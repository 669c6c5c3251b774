/** "Take your calendars with you" (portal.md §3.1). Items of connectors are fetched where they are switched on. */
import type { VNode } from 'preact';
import { call } from '../client.ts';
import { adopt } from '../session.ts';
import { show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { lazy } from '../ui/lazy.tsx';

const ExchangeItem = lazy(async () => (await import('../parts-exchange.ts')).BannerItem);

export function Banner(): VNode | null {
  const me = useApp((state) => state.me);
  if (!me || !(me.features.caldav || me.features.outlook || me.features.exchange)) return null;
  const isCollapsed = me.preferences.bannerCollapsed;
  const toggle = (): void =>
    attempt(async () =>
      adopt(
        await call('PATCH /me', {
          body: { preferences: { bannerCollapsed: !isCollapsed } },
          ifMatch: me.etag,
        }),
      ),
    );
  return (
    <section class={`banner ${isCollapsed ? 'banner-collapsed' : ''}`} aria-label={t('bannerTitle')}>
      <span class="banner-text">{t('bannerTitle')}</span>
      {!isCollapsed && (
        <div class="banner-items">
          <button
            type="button"
            class="button button-small"
            onClick={() => show({ is: 'connect', calendar: 'all' })}
          >
            <Icon name="phone" />
            {t('mobileDevices')}
          </button>
          <button
            type="button"
            class="button button-small"
            onClick={() => show({ is: 'outlook', calendar: null })}
          >
            <Icon name="mail" />
            {t('connectToOutlook')}
          </button>
        </div>
      )}
      {me.features.exchange && <ExchangeItem isCollapsed={isCollapsed} />}
      <span class="spacer" />
      <button
        type="button"
        class="button-icon"
        aria-expanded={!isCollapsed}
        aria-label={t(isCollapsed ? 'showBanner' : 'hideBanner')}
        onClick={toggle}
      >
        <Icon name={isCollapsed ? 'down' : 'close'} />
      </button>
    </section>
  );
}
