/** Import an .ics file: progress while the server works, then what was skipped and why; or how an earlier one has ended. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { faultKey, foundMessages } from '../../i18n/messages/found.ts';
import type { ImportReport, Job } from '../../portal/api.ts';
import { call } from '../client.ts';
import { announce, refreshEvents, show, useApp } from '../state/app-state.ts';
import { useStore } from '../state/store.ts';
import { news } from '../stream.ts';
import { filled, language, t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { FileField, Form } from '../ui/fields.tsx';
import { importedText, rememberImport } from './remembered-import.ts';

/** Asked for as well, in case the stream is held up by something in between. */
const pollMs = 2000;

export function ImportFile({ id, ended }: { readonly id: string; readonly ended: Job | undefined }): VNode {
  const calendar = useApp((state) => state.calendars.find((other) => other.id === id));
  const [file, setFile] = useState<File>();
  const [started, setStarted] = useState(ended);
  const [asked, setAsked] = useState<Job>();
  const told = useStore(news, (state) => (started ? state.jobs.get(started.id) : undefined));
  const job =
    [told, asked, started].find((one) => one?.state !== 'running' && one !== undefined) ??
    told ??
    asked ??
    started;
  const isRunning = job?.state === 'running';

  useEffect(() => {
    if (!isRunning || !started) return undefined;
    const timer = setInterval(
      () => void call('GET /jobs/{job}', { path: { job: started.id } }).then(setAsked, () => undefined),
      pollMs,
    );
    return () => clearInterval(timer);
  }, [isRunning, started]);

  useEffect(() => {
    if (job && job.state !== 'running') rememberImport(undefined);
    if (job?.state === 'interrupted') refreshEvents();
    if (job?.state !== 'done' || !job.report) return;
    announce(summary(job.report));
    refreshEvents();
  }, [job?.state]);

  return (
    <Dialog title={t('importInto', { name: calendar?.name ?? '' })} onClose={() => show(null)}>
      {job ? (
        <>
          <div class="dialog-body">
            <Progress job={job} />
          </div>
          <div class="dialog-foot">
            <span class="spacer" />
            <button type="button" class="button button-primary" onClick={() => show(null)}>
              {t(isRunning ? 'continueInBackground' : 'done')}
            </button>
          </div>
        </>
      ) : (
        <Form
          submitLabel={t('import')}
          onCancel={() => show(null)}
          onSubmit={async () => {
            if (!file) return;
            const body = new Blob([file], { type: 'text/calendar' });
            const begun = await call('POST /calendars/{id}/import', { path: { id }, body });
            rememberImport(begun.id);
            setStarted(begun);
          }}
        >
          <p>{t('importExplained')}</p>
          <FileField
            label={t('icsFile')}
            accept=".ics,text/calendar"
            chosen={file?.name}
            onFile={setFile}
            required
            autoFocus
          />
        </Form>
      )}
    </Dialog>
  );
}

function Progress({ job }: { readonly job: Job }): VNode {
  if (job.state === 'interrupted')
    return (
      <p class="note note-error">
        {filled(foundMessages[language()].interrupted, { done: job.done, total: job.total })}
      </p>
    );
  if (job.state === 'failed') return <p class="note note-error">{job.message ?? t('E18')}</p>;
  if (job.state === 'running' || !job.report)
    return (
      <>
        <progress
          max={job.total || 1}
          {...(job.total > 0 && { value: job.done })}
          aria-label={t('importing')}
        />
        <p>{t('importProgress', { done: job.done, total: job.total })}</p>
      </>
    );
  const { report } = job;
  return (
    <>
      <p class={report.failed > 0 ? 'note' : 'note note-good'}>{summary(report)}</p>
      {report.notices.length > 0 && (
        // It scrolls: also by keys.
        <ul class="notice-list" tabIndex={0}>
          {report.notices.map((notice, index) => (
            <li key={index}>
              <strong>
                {notice.title ?? notice.uid ?? (notice.line === null ? '–' : t('line', { n: notice.line }))}
              </strong>
              <br />
              {filled(foundMessages[language()].faults[faultKey(notice.code)], {})}
              {language() === 'en' && <small> {notice.message}</small>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function summary({ added, updated, unchanged, failed }: ImportReport): string {
  return importedText(added + updated + unchanged, failed);
}
