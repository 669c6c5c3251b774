/** Waits for the first request of the device; after three minutes offers the test (portal.md §3.5, §3.11). */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { foundMessages } from '../../i18n/messages/found.ts';
import type { AppPassword, TestAnswer, TestStep } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { announce } from '../state/app-state.ts';
import { useStore } from '../state/store.ts';
import { news } from '../stream.ts';
import { filled, language, t } from '../text.ts';
import { wordsFor } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { programName } from '../ui/program.ts';
import { TechnicalDetail } from '../ui/technical-detail.tsx';

const patienceMs = 3 * 60_000;
const pollMs = 5000;

interface Props {
  /** When the dialog opened: what came before is no news. */
  readonly since: number;
  readonly made: { readonly password: AppPassword; readonly secret: string } | undefined;
  readonly device: string;
}

export function StatusLine({ since, made, device }: Props): VNode {
  const told = useStore(news, (state) =>
    state.devices.findLast(
      ({ at, appPassword }) => Date.parse(at) >= since - 1000 && (!made || appPassword === made.password.id),
    ),
  );
  const [asked, setAsked] = useState<{ readonly program: string; readonly at: string }>();
  const [isLate, setLate] = useState(false);
  const seen = told ?? asked;

  useEffect(() => {
    setLate(false);
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, [made]);

  // The stream may be held up by something in between, so the list of passwords is looked at too.
  useEffect(() => {
    if (seen || !made) return undefined;
    const look = async (): Promise<void> => {
      const { appPasswords } = await call('GET /app-passwords');
      const found = appPasswords.find(({ id }) => id === made.password.id);
      if (found?.lastUsed) setAsked({ program: found.lastProgram ?? device, at: found.lastUsed });
    };
    const timer = setInterval(() => void look().catch(() => undefined), pollMs);
    return () => clearInterval(timer);
  }, [seen, made]);

  useEffect(() => {
    if (seen)
      announce(
        t('deviceConnected', { device: programName(seen.program) || device, time: formatStamp(seen.at) }),
      );
  }, [seen]);

  return (
    <div class="status">
      <p class={`status-line ${seen ? 'status-good' : ''}`} role="status" data-testid="status-line">
        {seen ? <Icon name="check" /> : <span class="pulse" aria-hidden="true" />}
        {seen
          ? t('deviceConnected', { device: programName(seen.program) || device, time: formatStamp(seen.at) })
          : t(isLate ? 'nothingArrived' : 'waitingForDevice')}
      </p>
      {!seen && <TestButton secret={made?.secret} isWanted={isLate} />}
    </div>
  );
}

export function TestButton({
  secret,
  isWanted,
}: {
  readonly secret: string | undefined;
  readonly isWanted: boolean;
}): VNode {
  const [answer, setAnswer] = useState<TestAnswer>();
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      setAnswer(await call('POST /connect/test', { body: secret === undefined ? {} : { secret } }));
    } catch (error) {
      setProblem(wordsFor(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="test">
      <button
        type="button"
        class={`button button-small ${isWanted ? 'button-primary' : ''}`}
        aria-disabled={isBusy}
        onClick={() => !isBusy && void run()}
      >
        {t(isBusy ? 'testing' : 'testConnection')}
      </button>
      <div role="status">
        {problem !== '' && <p class="problem">{problem}</p>}
        {answer && (
          <>
            <p class={answer.ok ? 'note note-good' : 'note note-error'}>
              {t(answer.ok ? 'testPassed' : 'testFailed')}
            </p>
            <ul class="test-steps">
              {byName(answer.steps).map((step) => (
                <li key={step.name} class={step.ok ? 'good' : 'bad'}>
                  <Icon name={step.ok ? 'check' : 'close'} />
                  <span>
                    <strong>
                      {t(stepKeys[step.name])}
                      <span class="visually-hidden">: {t(step.ok ? 'passed' : 'failed')}</span>
                    </strong>
                    {!step.ok && (
                      <>
                        <em>{filled(foundMessages[language()].causes[step.name], {})}</em>
                        {step.found !== '' && <TechnicalDetail text={step.found} />}
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}

/** One line for each kind of step; what was found is that of the first that failed. */
function byName(steps: readonly TestStep[]): readonly TestStep[] {
  const lines = new Map<TestStep['name'], TestStep>();
  for (const step of steps) {
    const known = lines.get(step.name);
    if (!known || (known.ok && !step.ok)) lines.set(step.name, step);
  }
  return [...lines.values()];
}

const stepKeys = {
  'public-address': 'stepAddress',
  tls: 'stepTls',
  'well-known': 'stepWellKnown',
  challenge: 'stepChallenge',
  options: 'stepOptions',
  principal: 'stepPrincipal',
  home: 'stepHome',
  calendars: 'stepCalendars',
} as const satisfies Record<TestStep['name'], string>;
