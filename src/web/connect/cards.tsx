/** One card per device: steps of at most twelve words, and every address that has to be typed, with Copy. */
import type { ComponentChildren, VNode } from 'preact';
import { hrefOf } from '../routes.ts';
import { show } from '../state/app-state.ts';
import { t } from '../text.ts';
import { CopyRow } from '../ui/copy.tsx';
import { Account, FullAddress, NewPassword } from './by-hand.tsx';
import { CodeBox, useCode } from './code.tsx';
import type { CardProps } from './connect.tsx';
import { deviceOf } from './device.ts';

export function AppleCard({ info, onPassword }: CardProps): VNode {
  const code = useCode('apple', info.secure);
  return (
    <>
      {info.secure ? (
        <WithCode side={<CodeBox {...code} />}>
          <li>
            <a
              class="button button-primary"
              href={code.code?.profileUrl}
              aria-disabled={!code.code || code.isExpired}
            >
              {t('downloadProfile')}
            </a>{' '}
            {t('iphoneStep1')}
          </li>
          <li>{t('iphoneStep2')}</li>
          <li>{t('iphoneStep3')}</li>
        </WithCode>
      ) : (
        <p class="note note-error">{t('E12')}</p>
      )}
      <details open={!info.secure}>
        <summary>{t('byHand')}</summary>
        <p class="hint">{t('iphoneByHand')}</p>
        <Account info={info} deviceName="iPhone / iPad" onPassword={onPassword} />
        <FullAddress info={info} />
      </details>
    </>
  );
}

export function MacCard({ info, onPassword }: CardProps): VNode {
  const code = useCode('apple', info.secure);
  return (
    <>
      {info.secure && (
        <ol class="steps">
          <li>
            <a
              class="button button-primary"
              href={code.code?.profileUrl}
              aria-disabled={!code.code || code.isExpired}
            >
              {t('downloadProfile')}
            </a>
          </li>
          <li>{t('macStep2')}</li>
          <li>{t('iphoneStep3')}</li>
        </ol>
      )}
      <details open={!info.secure}>
        <summary>{t('byHand')}</summary>
        <p class="hint">{t('macByHand')}</p>
        <Account info={info} deviceName="Mac" onPassword={onPassword} />
        <FullAddress info={info} />
      </details>
    </>
  );
}

export function ThunderbirdCard({ info, onPassword }: CardProps): VNode {
  return (
    <>
      <Steps>
        <li>{t('thunderbirdStep1')}</li>
        <li>{t('thunderbirdStep2')}</li>
        <li>{t('thunderbirdStep3')}</li>
      </Steps>
      <Account
        info={info}
        deviceName="Thunderbird"
        onPassword={onPassword}
        {...(info.calendar !== null && { server: { label: t('calendarAddress'), value: info.calendarUrl } })}
      />
      <details>
        <summary>{t('sunbird')}</summary>
        <Steps>
          <li>{t('sunbirdStep1')}</li>
          <li>{t('sunbirdStep2')}</li>
          <li>{t('sunbirdStep3')}</li>
        </Steps>
        <CopyRow label={t('calendarAddress')} value={info.calendarUrl} />
      </details>
    </>
  );
}

export function AndroidCard({ info, onPassword }: CardProps): VNode {
  const isOnAndroid = deviceOf(navigator.userAgent, navigator.maxTouchPoints) === 'android';
  const code = useCode('android', true);
  // With a code the person types nothing; without one, user and server are filled in.
  const opens = code.code && !code.isExpired ? code.code.davx5 : info.davx5;
  return (
    <>
      <WithCode side={isOnAndroid ? null : <CodeBox {...code} />}>
        <li>{t('androidStep1')}</li>
        <li>
          {isOnAndroid ? (
            <a class="button button-primary" href={opens}>
              {t('openInDavx5')}
            </a>
          ) : (
            t('androidScan')
          )}
        </li>
        <li>{t('androidStep3')}</li>
      </WithCode>
      <details open={isOnAndroid}>
        <summary>{t('byHand')}</summary>
        <Account
          info={info}
          deviceName="Android"
          onPassword={onPassword}
          server={{
            label: t('serverAddress'),
            value: info.calendar === null ? info.davUrl : info.calendarUrl,
          }}
        />
      </details>
      <p class="hint">{t('androidReadOnly')}</p>
      <OpenExport info={info} />
    </>
  );
}

export function OutlookCard({ info, onPassword }: CardProps): VNode {
  return (
    <>
      <h3>{t('outlookClassic')}</h3>
      {info.stssync === null ? (
        <p class="note">{t(info.exportReason === null ? 'outlookLater' : 'E04')}</p>
      ) : (
        <p>
          <a class="button button-primary" href={info.stssync}>
            {t('connectToOutlook')}
          </a>
        </p>
      )}
      <p class="hint">{t('outlookNotNew')}</p>
      <h3>{t('outlookFeed')}</h3>
      <p>{t('outlookFeedText')}</p>
      <OpenExport info={info} />
      <h3>{t('outlookAddIn')}</h3>
      <p>{t('outlookAddInText')}</p>
      <Account
        info={info}
        deviceName="Outlook"
        onPassword={onPassword}
        server={{ label: t('serverAddress'), value: info.calendar === null ? info.davUrl : info.calendarUrl }}
      />
    </>
  );
}

export function OtherCard({ info, onPassword }: CardProps): VNode {
  return (
    <>
      <CopyRow label={t('server')} value={info.server} />
      <CopyRow label={t('serverAddress')} value={info.davUrl} />
      <CopyRow label={t('principalAddress')} value={info.principalUrl} />
      <CopyRow label={t('homeAddress')} value={info.homeUrl} />
      {info.calendar !== null && <CopyRow label={t('calendarAddress')} value={info.calendarUrl} />}
      <CopyRow label="/.well-known/caldav" value={info.wellKnownUrl} />
      <dl class="facts">
        <dt>{t('port')}</dt>
        <dd>{info.port}</dd>
        <dt>TLS</dt>
        <dd>{t(info.secure ? 'yes' : 'no')}</dd>
        <dt>{t('authentication')}</dt>
        <dd>{info.authentication}</dd>
      </dl>
      <CopyRow label={t('userName')} value={info.userName} />
      <NewPassword name={t('otherDevice')} onPassword={onPassword} />
      <p class="hint">
        <a href={hrefOf('profile')}>{t('myDevices')}</a>
      </p>
    </>
  );
}

/** To the subscription link, which is another thing than the account and has its own dialog. */
function OpenExport({ info }: { readonly info: CardProps['info'] }): VNode | null {
  const { calendar } = info;
  if (calendar === null) return <p class="hint">{t('chooseOneForLink')}</p>;
  if (info.exportReason !== null) return <p class="hint">{t('E04')}</p>;
  return (
    <button type="button" class="button button-small" onClick={() => show({ is: 'export', calendar })}>
      {t('openSubscriptionLink')}
    </button>
  );
}

function Steps({ children }: { readonly children: ComponentChildren }): VNode {
  return <ol class="steps">{children}</ol>;
}

function WithCode({
  children,
  side,
}: {
  readonly children: ComponentChildren;
  readonly side: VNode | null;
}): VNode {
  return (
    <div class="with-code">
      <ol class="steps">{children}</ol>
      {side}
    </div>
  );
}
