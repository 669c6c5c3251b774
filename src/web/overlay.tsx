/** What lies over the screen: one dialog, and a question over it. */
import type { VNode } from 'preact';
import { QuickEvent } from './event/quick-event.tsx';
import { useApp } from './state/app-state.ts';
import { questions } from './state/questions.ts';
import { useStore } from './state/store.ts';
import { Question } from './ui/dialog.tsx';
import { lazy } from './ui/lazy.tsx';

const EditCalendar = lazy(async () => (await import('./parts-dialogs.ts')).EditCalendar);
const DeleteCalendar = lazy(async () => (await import('./parts-dialogs.ts')).DeleteCalendar);
const ExportLinks = lazy(async () => (await import('./parts-dialogs.ts')).ExportLinks);
const Favourites = lazy(async () => (await import('./parts-dialogs.ts')).Favourites);
const ImportFile = lazy(async () => (await import('./parts-dialogs.ts')).ImportFile);
const ShareCalendar = lazy(async () => (await import('./parts-dialogs.ts')).ShareCalendar);
const Connect = lazy(async () => (await import('./parts-dialogs.ts')).Connect);
const ConnectOutlook = lazy(async () => (await import('./parts-dialogs.ts')).ConnectOutlook);
const EventDetails = lazy(async () => (await import('./parts-dialogs.ts')).EventDetails);
const NewEvent = lazy(async () => (await import('./parts-dialogs.ts')).NewEvent);

export function Overlay(): VNode {
  const asked = useStore(questions, (state) => state.asked);
  return (
    <>
      <Opened />
      {asked && (
        <Question
          title={asked.title}
          answers={asked.answers}
          onAnswer={asked.settle}
          onClose={() => asked.settle(undefined)}
        >
          {asked.lines[0] && asked.lines.map((line) => <p key={line}>{line}</p>)}
        </Question>
      )}
    </>
  );
}

function Opened(): VNode | null {
  const open = useApp((state) => state.open);
  switch (open?.is) {
    case 'connect':
      return <Connect calendar={open.calendar} tab={open.tab} />;
    case 'outlook':
      return <ConnectOutlook calendar={open.calendar} />;
    case 'edit-calendar':
      return <EditCalendar id={open.calendar} />;
    case 'export':
      return <ExportLinks target={open.calendar} />;
    case 'share':
      return <ShareCalendar id={open.calendar} />;
    case 'import':
      return <ImportFile key={open.job?.id} id={open.calendar} ended={open.job} />;
    case 'delete-calendar':
      return <DeleteCalendar id={open.calendar} />;
    case 'favourites':
      return <Favourites />;
    case 'quick-event':
      return <QuickEvent draft={open.draft} anchor={open.anchor} />;
    case 'event':
      return <NewEvent draft={open.draft} />;
    case 'event-detail':
      return <EventDetails item={open.occurrence} />;
    case undefined:
    default:
      return null;
  }
}
