/** What no language has words for, and support asks for: a code, a status, an address. */
import type { VNode } from 'preact';
import { t } from '../text.ts';

export function TechnicalDetail({ text }: { readonly text: string }): VNode {
  return (
    <small>
      {t('technicalDetail')}: <code lang="en">{text}</code>
    </small>
  );
}
