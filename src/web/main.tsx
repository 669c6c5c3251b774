/** Starts the page: who is there, which language, what is shown; then draws it. */
import { render } from 'preact';
import { App } from './app.tsx';
import { followPlace } from './place.ts';
import { followFragment, readRoute } from './routes.ts';
import { start } from './session.ts';
import { app } from './state/app-state.ts';
import { keepFocus } from './ui/focus.ts';

app.set({ route: readRoute() });
followFragment();
keepFocus();
await start();
followPlace();
const root = document.getElementById('app');
root?.replaceChildren();
if (root) render(<App />, root);
