/** Name of the portal, search, language, the person's menu. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { languageNames, spokenLanguages } from '../../i18n/languages.ts';
import type { View } from '../../portal/api.ts';
import { hrefOf } from '../routes.ts';
import { chooseLanguage, signOut } from '../session.ts';
import { app, useApp } from '../state/app-state.ts';
import { language, t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';

export function TopBar(): VNode {
  const me = useApp((state) => state.me);
  const portal = useApp((state) => state.portal);
  const route = useApp((state) => state.route);
  const isDrawerOpen = useApp((state) => state.drawerOpen);
  const go = (target: Parameters<typeof hrefOf>[0]): void => location.assign(hrefOf(target));
  const name = me?.person.displayName ?? '';
  return (
    <header class="top-bar">
      {route.screen === 'home' && (
        <button
          type="button"
          class="button-icon drawer-button"
          aria-label={t('calendars')}
          aria-expanded={isDrawerOpen}
          onClick={() => app.set({ drawerOpen: !isDrawerOpen })}
        >
          <Icon name="menu" />
        </button>
      )}
      <a class="brand" href={hrefOf('home')}>
        {portal?.logo ? <img src={portal.logo} alt="" /> : <Icon name="calendar" />}
        <span>{portal?.name}</span>
      </a>
      {route.screen === 'home' && <Search />}
      <span class="spacer" />
      <Menu
        label={`${language().toUpperCase()} – ${t('language')}: ${languageNames[language()]}`}
        buttonClass="button-quiet"
        items={spokenLanguages.map((tag) => ({
          label: languageNames[tag],
          run: () => attempt(() => chooseLanguage(tag)),
        }))}
      >
        {language().toUpperCase()}
        <Icon name="down" />
      </Menu>
      <Menu
        label={name}
        buttonClass="button-quiet person-button"
        items={[
          { label: t('profile'), run: () => go('profile') },
          { label: t('trash'), run: () => go('trash') },
          ...(me?.isAdmin ? [{ label: t('administration'), run: () => go('admin/overview') }] : []),
          { label: t('signOut'), run: () => attempt(signOut) },
        ]}
      >
        <span class="avatar" data-initials={initials(name)} />
        <span class="person-name">{name}</span>
        <Icon name="down" />
      </Menu>
    </header>
  );
}

function Search(): VNode {
  const search = useApp((state) => state.search);
  /** Where the search began, and who has ended it is again. */
  const from = useRef<View>('list');
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={t('searchEvents')}
        placeholder={t('searchEvents')}
        value={search}
        onInput={(event) => {
          const text = event.currentTarget.value;
          if (search === '') from.current = app.get().view;
          app.set({ search: text, view: text === '' ? from.current : 'list' });
        }}
      />
    </div>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x20))
    .join('')
    .toUpperCase();
}
