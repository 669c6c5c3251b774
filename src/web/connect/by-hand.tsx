/** Server, user name, app password, full address: what is typed where no profile does it. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { AppPassword, ConnectInfo } from '../../portal/api.ts';
import { call } from '../client.ts';
import { t } from '../text.ts';
import { CopyRow } from '../ui/copy.tsx';
import { attempt } from '../ui/fields.tsx';

/** Short of a calendar, its home or principal is the address; both are written out under "full address". */
export function Account(props: {
  readonly info: ConnectInfo;
  readonly deviceName: string;
  readonly onPassword: (made: AppPassword, secret: string) => void;
  /** Where the program wants an address instead of the name of the server. */
  readonly server?: { readonly label: string; readonly value: string };
}): VNode {
  const { info } = props;
  return (
    <>
      <CopyRow label={props.server?.label ?? t('server')} value={props.server?.value ?? info.server} />
      <CopyRow label={t('userName')} value={info.userName} />
      <NewPassword name={props.deviceName} onPassword={props.onPassword} />
    </>
  );
}

export function NewPassword(props: {
  readonly name: string;
  readonly onPassword: (made: AppPassword, secret: string) => void;
}): VNode {
  const [secret, setSecret] = useState('');
  const make = async (): Promise<void> => {
    const issued = await call('POST /app-passwords', { body: { label: props.name } });
    setSecret(issued.secret);
    props.onPassword(issued.appPassword, issued.secret);
  };
  if (secret !== '')
    return (
      <>
        <CopyRow label={t('appPassword')} value={secret} />
        <p class="hint">{t('shownOnce')}</p>
      </>
    );
  return (
    <div class="copy-row">
      <span class="copy-label">{t('appPassword')}</span>
      <button type="button" class="button" onClick={() => attempt(make)}>
        {t('createAppPassword')}
      </button>
    </div>
  );
}

export function FullAddress({ info }: { readonly info: ConnectInfo }): VNode {
  return (
    <details>
      <summary>{t('fullAddress')}</summary>
      <CopyRow label={t('principalAddress')} value={info.principalUrl} />
      {info.calendar !== null && <CopyRow label={t('calendarAddress')} value={info.calendarUrl} />}
    </details>
  );
}
