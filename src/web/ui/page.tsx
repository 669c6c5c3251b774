/** A screen that is read from the top: heading with the way back, then its parts. */
import type { ComponentChildren, VNode } from 'preact';
import { hrefOf } from '../routes.ts';
import { t } from '../text.ts';
import { Icon } from './icons.tsx';

export function Page({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <main id="main" class="page">
      <a class="back" href={hrefOf('home')}>
        <Icon name="left" />
        {t('backToCalendar')}
      </a>
      <h1>{title}</h1>
      {children}
    </main>
  );
}
