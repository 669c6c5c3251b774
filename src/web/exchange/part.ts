/** What every piece of this part needs: its words in the page's language, and a look at the server that goes on. */
import { useEffect, useState } from 'preact/hooks';
import type { ExchangeStatus } from '../../portal/api.ts';
import { useApp } from '../state/app-state.ts';
import { language } from '../text.ts';
import { useExchange } from './known.ts';
import { watchExchange } from './status.ts';
import { loadWords } from './words.ts';

/** True once the words are there. */
export function useWords(): boolean {
  const version = useApp((state) => state.languageVersion);
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    let isCurrent = true;
    const wanted = language();
    void loadWords(wanted).then(() => {
      if (isCurrent) setSpoken(wanted);
    });
    return () => {
      isCurrent = false;
    };
  }, [version]);
  return spoken === language();
}

/** The status, followed as long as the piece is drawn; null until it and its words are known. */
export function useExchangePart(): ExchangeStatus | null {
  const isSpoken = useWords();
  const status = useExchange();
  useEffect(() => watchExchange(), []);
  return isSpoken ? status : null;
}
