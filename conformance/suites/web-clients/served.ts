/** The pages of other origins, and what serves them. */
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../../install.ts';
import { buildFolder, projectFolder } from '../../paths.ts';
import { freePort } from '../../portcal.ts';

/** The scripts of the pages: ours with tsdav, and one as anybody writes it with FullCalendar and its iCalendar plugin. */
export async function scripts(): Promise<ReadonlyMap<string, string>> {
  const { build } = await import('esbuild');
  const common = {
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'error',
  } as const;
  const client = await build({
    ...common,
    entryPoints: [join(buildFolder, 'conformance/suites/web-clients/page.js')],
    absWorkingDir: projectFolder,
  });
  const calendar = await build({
    ...common,
    stdin: {
      contents: fullCalendar,
      resolveDir: dirname(fileURLToPath(moduleUrl('@fullcalendar/icalendar'))),
    },
  });
  return new Map([
    ['/client.js', client.outputFiles[0]?.text ?? ''],
    ['/calendar.js', calendar.outputFiles[0]?.text ?? ''],
  ]);
}

const fullCalendar = `
import { Calendar } from '@fullcalendar/core';
import iCalendarPlugin from '@fullcalendar/icalendar';
import listPlugin from '@fullcalendar/list';
new Calendar(document.body, {
  plugins: [iCalendarPlugin, listPlugin],
  initialView: 'listMonth',
  initialDate: '2030-03-04',
  events: { url: decodeURIComponent(location.search.slice(1)), format: 'ics' },
}).render();
`;

/** Another origin: a port of its own. */
export async function serve(given: ReadonlyMap<string, string>): Promise<{ server: Server; origin: string }> {
  const server = createServer(({ url = '' }, response) => {
    const script = given.get(url);
    const name = url.startsWith('/calendar') ? 'calendar' : 'client';
    response.setHeader('Content-Type', `text/${script === undefined ? 'html' : 'javascript'}; charset=utf-8`);
    response.end(script ?? `<!doctype html><title>a page</title><body><script src="/${name}.js"></script>`);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${port}` };
}
