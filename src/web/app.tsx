/** The frame: which screen, the bar above it, what lies over it. Screens that few open are loaded when they are. */
import type { VNode } from 'preact';
import { Overlay } from './overlay.tsx';
import { SignIn, SignInAgain } from './screens/sign-in.tsx';
import { TopBar } from './screens/top-bar.tsx';
import { useApp } from './state/app-state.ts';
import { t } from './text.ts';
import { lazy } from './ui/lazy.tsx';
import { Notices } from './ui/notices.tsx';

const Home = lazy(async () => (await import('./screens/home.tsx')).Home);
const CodePage = lazy(async () => (await import('./parts-dialogs.ts')).CodePage);
const SetUp = lazy(async () => (await import('./parts-dialogs.ts')).SetUp);
const Profile = lazy(async () => (await import('./parts-pages.ts')).Profile);
const Admin = lazy(async () => (await import('./parts-pages.ts')).Admin);
const TrashScreen = lazy(async () => (await import('./parts-pages.ts')).TrashScreen);

export function App(): VNode {
  useApp((state) => state.languageVersion);
  const route = useApp((state) => state.route);
  const isSignedIn = useApp((state) => state.me !== null);
  const signInAgain = useApp((state) => state.signInAgain);
  const screen = ((): VNode => {
    if (route.screen === 'setup') return <SetUp token={route.token} />;
    if (route.screen === 'code') return <CodePage code={route.code} />;
    if (!isSignedIn) return <SignIn />;
    return (
      <div class="frame">
        <a class="skip" href="#main" onClick={skip}>
          {t('skipToContent')}
        </a>
        <TopBar />
        <Screen />
        <Overlay />
        {signInAgain && <SignInAgain onDone={signInAgain} />}
      </div>
    );
  })();
  return (
    <>
      {screen}
      <Notices />
    </>
  );
}

function Screen(): VNode {
  const route = useApp((state) => state.route);
  if (route.screen === 'profile') return <Profile />;
  if (route.screen === 'admin') return <Admin />;
  if (route.screen === 'trash') return <TrashScreen />;
  return <Home />;
}

function skip(event: Event): void {
  event.preventDefault();
  const main = document.getElementById('main');
  main?.setAttribute('tabindex', '-1');
  main?.focus();
}
