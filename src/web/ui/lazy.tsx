/** A part of the page that is fetched when it is first needed; from then on it is drawn at once. */
import type { ComponentType, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../client.ts';
import { app, toast } from '../state/app-state.ts';
import { t } from '../text.ts';

export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => VNode | null {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [Part, setPart] = useState<ComponentType<Props> | undefined>(() => loaded);
    useEffect(() => {
      if (Part) return undefined;
      let isCurrent = true;
      load().then(
        (part) => {
          loaded = part;
          if (isCurrent) setPart(() => part);
        },
        () => (isCurrent ? tellMissing() : undefined),
      );
      return () => {
        isCurrent = false;
      };
    }, []);
    return Part ? <Part {...props} /> : null;
  };
}

/** Out of reach, or gone: a server that was renewed has the files of another page. */
function tellMissing(): void {
  // What was to open does not: the next click asks again.
  app.set({ open: null });
  call('GET /portal').then(
    () => toast(t('pageOutdated'), { action: { label: t('reload'), run: () => location.reload() } }),
    () => undefined,
  );
}
