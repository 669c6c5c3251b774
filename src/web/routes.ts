/** Where the page is: `/setup` and `/c/{code}` by path, because they arrive from outside; the rest by fragment. */
import { fragmentOf, placeInAddress } from './place.ts';
import { app, type Route } from './state/app-state.ts';

export function readRoute(): Route {
  const base = new URL(document.baseURI).pathname;
  const path = location.pathname.slice(base.length);
  const [first, second] = path.split('/');
  if (first === 'setup')
    return { screen: 'setup', token: new URLSearchParams(location.search).get('token') ?? '' };
  if (first === 'c' && second) return { screen: 'code', code: decodeURIComponent(second) };
  const [screen, tab] = location.hash.replace(/^#\/?/, '').split('/');
  if (screen === 'profile' || screen === 'trash') return { screen };
  if (screen === 'admin') return { screen, tab: tab || 'overview' };
  return { screen: 'home' };
}

export function followFragment(): void {
  addEventListener('hashchange', () => {
    const route = readRoute();
    const place = route.screen === 'home' && app.get().me ? placeInAddress() : {};
    app.set({ route, ...place, open: null, drawerOpen: false });
  });
}

/** An address for links, home to where one was; a fragment alone would be understood relative to `<base>`. */
export function hrefOf(route: 'home' | 'profile' | 'trash' | `admin/${string}`): string {
  return new URL(route === 'home' ? fragmentOf(app.get()) : `#/${route}`, document.baseURI).href;
}
