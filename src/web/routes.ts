/** Where the page is: `/setup` and `/c/{code}` by path, because they arrive from outside; the rest by fragment. */
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
  addEventListener('hashchange', () => app.set({ route: readRoute(), open: null, drawerOpen: false }));
}

/** An address for links; a fragment alone would be understood relative to `<base>`. */
export function hrefOf(route: 'home' | 'profile' | 'trash' | `admin/${string}`): string {
  return new URL(route === 'home' ? '#/' : `#/${route}`, document.baseURI).href;
}
