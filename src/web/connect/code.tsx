/** A single-use code as QR and button; it is made when it is wanted, and again when it has run out. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ConnectCode, DeviceKind } from '../../portal/api.ts';
import { call } from '../client.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { QrCode } from '../ui/qr.tsx';

export interface Code {
  readonly code: ConnectCode | undefined;
  readonly isExpired: boolean;
  readonly renew: () => void;
}

export function useCode(device: DeviceKind, isWanted: boolean): Code {
  const [code, setCode] = useState<ConnectCode>();
  const [isExpired, setExpired] = useState(false);
  const renew = (): void =>
    attempt(async () => {
      setCode(await call('POST /connect/codes', { body: { device } }));
      setExpired(false);
    });
  useEffect(() => {
    if (isWanted) renew();
  }, [isWanted]);
  useEffect(() => {
    if (!code) return undefined;
    const timer = setTimeout(() => setExpired(true), Math.max(0, Date.parse(code.expires) - Date.now()));
    return () => clearTimeout(timer);
  }, [code]);
  return { code, isExpired, renew };
}

export function CodeBox({ code, isExpired, renew }: Code): VNode {
  return (
    <div class="code-box">
      {code && !isExpired ? <QrCode text={code.url} label={t('qrOfCode')} /> : <div class="qr qr-empty" />}
      <small>{isExpired ? t('E10') : t('codeValid')}</small>
      <button type="button" class="button button-small" onClick={renew}>
        {t('newCode')}
      </button>
    </div>
  );
}
