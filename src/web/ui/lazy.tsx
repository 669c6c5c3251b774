/** A part of the page that is fetched when it is first needed; from then on it is drawn at once. */
import type { ComponentType, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => VNode | null {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [Part, setPart] = useState<ComponentType<Props> | undefined>(() => loaded);
    useEffect(() => {
      if (Part) return undefined;
      let isCurrent = true;
      void load().then((part) => {
        loaded = part;
        if (isCurrent) setPart(() => part);
      });
      return () => {
        isCurrent = false;
      };
    }, []);
    return Part ? <Part {...props} /> : null;
  };
}
