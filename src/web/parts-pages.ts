/** The screens beside the calendar, fetched as one file when the first of them is wanted. */
export { Admin } from './admin/admin.tsx';
export { TrashScreen } from './calendars/trash.tsx';
export { Profile } from './profile/profile.tsx';
