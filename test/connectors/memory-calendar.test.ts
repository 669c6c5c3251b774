import { noon } from '../service/office.ts';
import { remoteCalendarContract } from './contract.ts';
import { titled } from './linked.ts';
import { MemoryCalendar } from './memory-calendar.ts';

remoteCalendarContract('a calendar in memory', () => {
  const calendar = new MemoryCalendar({ now: () => noon, pageSize: 2 });
  return {
    calendar,
    rename: (id, title) => calendar.edit(id, titled(title)),
    delete: (id) => calendar.delete(id),
    mailCount: () => calendar.mails.length,
  };
});
