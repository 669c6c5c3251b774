/** What opens over the calendar, fetched as one file when the first of them is wanted. */
export { DeleteCalendar } from './calendars/delete-calendar.tsx';
export { EditCalendar } from './calendars/edit-calendar.tsx';
export { ExportLinks } from './calendars/export-links.tsx';
export { Favourites } from './calendars/favourites.tsx';
export { ImportFile } from './calendars/import-file.tsx';
export { ShareCalendar } from './calendars/share-calendar.tsx';
export { Connect } from './connect/connect.tsx';
export { ConnectOutlook } from './connect/outlook.tsx';
export { EventDetails } from './event/event-details.tsx';
export { NewEvent } from './event/event-form.tsx';
export { CodePage } from './screens/code-page.tsx';
export { SetUp } from './screens/set-up.tsx';
