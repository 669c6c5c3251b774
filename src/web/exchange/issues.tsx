/** Events that could not be synchronised, the rest went on without them; and those about which something is asked first. */
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { isKey } from '../../i18n/exchange-words.ts';
import type { ExchangeIssue, ExchangeStatus } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatDay } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { TechnicalDetail } from '../ui/technical-detail.tsx';
import { look } from './status.ts';
import { issueText, te } from './words.ts';

export function Issues({ status }: { readonly status: ExchangeStatus }): VNode {
  const { issues: count, lastSync, run } = status;
  const { value, problem, set, reload } = useLoaded(
    () => call('GET /exchange/issues'),
    `${count} ${lastSync} ${run?.id}`,
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const retry = async (issue: string): Promise<void> => {
    await call('POST /exchange/issues/{issue}/retry', { path: { issue } });
    toast(te('retrying'));
    await look();
    reload();
  };
  const answer = async (issue: string, proceed: boolean): Promise<void> => {
    await call('POST /exchange/issues/{issue}/answer', { path: { issue }, body: { proceed } });
    // The answered buttons are gone; who uses the keyboard stays at the list.
    heading.current?.focus();
    const code = proceed ? 'note-agreed' : 'note-refused';
    toast(te(proceed ? 'issue_note_agreed' : 'issue_note_refused'));
    set((now) => now && { issues: now.issues.map((one) => (one.id === issue ? { ...one, code } : one)) });
    reload();
    await look();
  };
  return (
    <>
      <h3 ref={heading} tabIndex={-1}>
        {te('issues')}
      </h3>
      {problem !== '' && <p class="problem">{problem}</p>}
      {value?.issues.length === 0 && <p class="hint">{te('noIssues')}</p>}
      <ul class="rows">
        {value?.issues.map((issue) => (
          <Issue
            key={issue.id}
            issue={issue}
            onRetry={() => retry(issue.id)}
            onAnswer={(proceed) => answer(issue.id, proceed)}
          />
        ))}
      </ul>
    </>
  );
}

interface IssueProps {
  readonly issue: ExchangeIssue;
  readonly onRetry: () => Promise<void>;
  readonly onAnswer: (proceed: boolean) => Promise<void>;
}

function Issue({ issue, onRetry, onAnswer }: IssueProps): VNode {
  const { start, code, text } = issue;
  const title = issue.title || t('noTitle');
  const key = `issue_${code.replaceAll('-', '_')}`;
  return (
    <li>
      <div>
        <strong>{title}</strong>
        <small>{[start === null ? '' : formatDay(start), issueText(code)].filter(Boolean).join(' · ')}</small>
        {(text !== '' || !isKey(key)) && <TechnicalDetail text={[code, text].filter(Boolean).join(': ')} />}
        <Answers asked={key} title={title} onAnswer={onAnswer} />
      </div>
      {!isKey(key) && (
        <button
          type="button"
          class="button button-small"
          aria-label={`${te('retry')}: ${title}`}
          onClick={() => attempt(onRetry)}
        >
          {te('retry')}
        </button>
      )}
    </li>
  );
}

/** The buttons of an issue that asks; nothing of one that does not. */
function Answers(props: {
  readonly asked: string;
  readonly title: string;
  readonly onAnswer: IssueProps['onAnswer'];
}): VNode | null {
  const { asked, title, onAnswer } = props;
  const [isSent, setSent] = useState(false);
  const [no, yes] = [`${asked}_no`, `${asked}_yes`];
  if (!isKey(no) || !isKey(yes)) return null;
  const send = async (proceed: boolean): Promise<void> => {
    if (isSent) return;
    setSent(true);
    await onAnswer(proceed).finally(() => setSent(false));
  };
  return (
    <div class="buttons">
      {([no, yes] as const).map((key) => (
        <button
          key={key}
          type="button"
          class={`button button-small ${key === yes ? 'button-danger-quiet' : ''}`}
          aria-label={`${te(key)}: ${title}`}
          aria-disabled={isSent}
          onClick={() => attempt(() => send(key === yes))}
        >
          {te(key)}
        </button>
      ))}
    </div>
  );
}
