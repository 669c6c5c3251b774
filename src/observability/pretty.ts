/** Log lines for people at a terminal. */

/** `14:03:07 INFO request PUT /dav/calendars/*\/*\/* 201 3 ms` from a JSON line of the log. */
export function prettyLine(json: string): string {
  const { level, time, msg, method, path, status, ms, stack, cause, ...rest } = fieldsOf(JSON.parse(json));
  const words = [
    String(time).slice(11, 19),
    String(level).toUpperCase().padEnd(5),
    msg === 'request' ? `${text(method)} ${text(path)} ${text(status)} ${text(ms)} ms` : text(msg),
    ...Object.entries(rest).map(([name, value]) => `${name}=${text(value)}`),
  ];
  const frames = Array.isArray(stack) ? stack.map((frame) => `\n    ${text(frame)}`).join('') : '';
  const because = cause === undefined ? '' : `\n    because: ${text(cause)}`;
  return `${words.join(' ')}${frames}${because}\n`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fieldsOf(line: unknown): Readonly<Record<string, unknown>> {
  return typeof line === 'object' && line !== null ? Object.fromEntries(Object.entries(line)) : {};
}
