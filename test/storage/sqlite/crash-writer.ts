/** Child process of the crash test: commits without end and tells which commits were answered. */
import { systemClock } from '../../../src/core/clock.ts';
import { openSqlite } from '../../../src/storage/sqlite/open.ts';
import { anna, complete, days, object, put, remove, work } from '../contract/fixture.ts';

const [file = '', round = ''] = process.argv.slice(2);
const storage = openSqlite({ file, clock: systemClock, processNumber: 2 });
const index = complete(...Array.from({ length: 20 }, (_, day) => days(day)));

for (let number = 0; ; number += 10) {
  const group = Array.from({ length: 10 }, (_, at) => `${round}-${number + at}.ics`);
  await Promise.all(
    group.map(async (name) => {
      const passing = `passing-${name}`;
      await storage.commit({ actor: anna, changes: [put(work, object(passing, { index }))] });
      const changes = [put(work, object(name, { index })), remove(work, passing)];
      const result = await storage.commit({ actor: anna, changes });
      if (result.ok) process.send?.(name);
    }),
  );
}
