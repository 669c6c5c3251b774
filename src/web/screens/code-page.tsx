/** What a phone shows that has followed a QR code: the profile on Apple devices, the DAVx5 button on Android, or the way by hand. */
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { call } from '../client.ts';
import { deviceOf } from '../connect/device.ts';
import { useApp } from '../state/app-state.ts';
import { speak, t } from '../text.ts';
import { CopyRow } from '../ui/copy.tsx';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/loading.ts';

export function CodePage({ code }: { readonly code: string }): VNode {
  const portal = useApp((state) => state.portal);
  const state = useLoaded(() => call('GET /connect/codes/{code}', { path: { code } }), code);
  const found = state.value;
  useEffect(() => {
    if (found?.valid) void speak(found.language);
  }, [found]);
  const device = deviceOf(navigator.userAgent, navigator.maxTouchPoints);
  const isApple = device === 'iphone' || device === 'mac';
  useEffect(() => {
    if (found?.valid && isApple && found.profileUrl !== null) location.assign(found.profileUrl);
  }, [found]);
  return (
    <main id="main" class="door">
      <div class="door-card">
        <div class="brand brand-large">
          <Icon name="calendar" />
          <h1>{portal?.name}</h1>
        </div>
        {(state.problem !== '' || found?.valid === false) && <p class="note note-error">{t('E10')}</p>}
        {found?.valid && (
          <>
            <p>{t('codeFor', { name: found.displayName })}</p>
            {isApple && found.profileUrl !== null && (
              <ol class="steps">
                <li>
                  <a class="button button-primary" href={found.profileUrl}>
                    {t('downloadProfile')}
                  </a>
                </li>
                <li>{t('iphoneStep2')}</li>
                <li>{t('iphoneStep3')}</li>
              </ol>
            )}
            {isApple && found.profileUrl === null && <p class="note note-error">{t('E12')}</p>}
            {device === 'android' && (
              <ol class="steps">
                <li>{t('androidStep1')}</li>
                <li>
                  <a class="button button-primary" href={found.davx5}>
                    {t('openInDavx5')}
                  </a>
                </li>
              </ol>
            )}
            <CopyRow label={t('server')} value={found.davUrl} />
            <CopyRow label={t('userName')} value={found.userName} />
            <p class="hint">{t('codeByHand')}</p>
          </>
        )}
      </div>
    </main>
  );
}
