/** One small store: a value, a way to change it, and a hook that draws again when the chosen part of it changes. */
import { useEffect, useReducer, useRef } from 'preact/hooks';

export interface Store<State> {
  readonly get: () => State;
  readonly set: (patch: Partial<State>) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createStore<State extends object>(initial: State): Store<State> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(patch) {
      state = { ...state, ...patch };
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** `choose` must answer the same value as long as nothing it reads has changed. */
export function useStore<State extends object, Part>(
  store: Store<State>,
  choose: (state: State) => Part,
): Part {
  const [, draw] = useReducer<number, void>((count) => count + 1, 0);
  const part = choose(store.get());
  const last = useRef(part);
  last.current = part;
  const chooser = useRef(choose);
  chooser.current = choose;
  useEffect(() => {
    const look = (): void => {
      if (!Object.is(chooser.current(store.get()), last.current)) draw();
    };
    look();
    return store.subscribe(look);
  }, [store]);
  return part;
}
