/**
 * Wire files: requests and their exact answers, one session a file (STYLE §10).
 *
 *     ### what the client does
 *     PROPFIND /dav/ HTTP/1.1
 *     Depth: 0
 *
 *     <body>
 *
 *     HTTP/1.1 207
 *     Content-Type: application/xml; charset=utf-8
 *
 *     <body>
 *
 * Headers that a file does not name may be anything; bodies are compared whole, XML with a line for each response. What
 * differs from run to run is written `{{epoch}}` and `{{state}}`. A line of `As: bob` says who asks, if it is not alice.
 */
export interface Exchange {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Absent until the answer has been recorded. */
  readonly answer: Message | undefined;
}

export interface Message {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export function parseExchanges(text: string): readonly Exchange[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.split('\n');
      const divide = lines.findIndex((line) => line.startsWith('HTTP/1.1 '));
      const request = divide === -1 ? lines : lines.slice(0, divide);
      const [requestLine = '', ...rest] = request;
      const [method = '', path = ''] = requestLine.split(' ');
      const { headers, body } = headersAndBody(rest);
      return {
        title,
        method,
        path,
        headers,
        body,
        answer: divide === -1 ? undefined : message(lines.slice(divide)),
      };
    });
}

function message([statusLine = '', ...rest]: readonly string[]): Message {
  return { status: Number(statusLine.split(' ')[1]), ...headersAndBody(rest) };
}

function headersAndBody(lines: readonly string[]): Pick<Message, 'headers' | 'body'> {
  const blank = lines.indexOf('');
  const headers = new Map<string, string>();
  for (const line of blank === -1 ? lines : lines.slice(0, blank)) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return {
    headers,
    body:
      blank === -1
        ? ''
        : lines
            .slice(blank + 1)
            .join('\n')
            .trim(),
  };
}

/** One line for each response and propstat: bodies can be read, and differences seen. */
export function readable(body: string): string {
  return body
    .replaceAll('\r\n', '\n')
    .replace(/(?=<D:response>|<D:propstat>|<\/D:response>|<D:sync-token>|<\/D:multistatus>)/g, '\n')
    .replace(/\n+/g, '\n')
    .trim();
}

export function writeExchange({ title, method, path, headers, body }: Exchange, answer: Message): string {
  const request = `### ${title}\n${method} ${path} HTTP/1.1\n${headerLines(headers)}${body && `\n${body}\n`}`;
  return `${request}\nHTTP/1.1 ${answer.status}\n${headerLines(answer.headers)}${answer.body && `\n${answer.body}\n`}\n`;
}

function headerLines(entries: ReadonlyMap<string, string>): string {
  return [...entries].map(([name, value]) => `${name}: ${value}\n`).join('');
}

/** The epoch, and what homes make of it, are another one in each run. */
export function withoutChance(text: string, epoch: string): string {
  return text
    .replaceAll(epoch, '{{epoch}}')
    .replace(/(\{\{epoch\}\}\/home-[0-9a-z]+\/)[\w-]+/g, '$1{{state}}')
    .replace(/\{\{epoch\}\}-[\w-]{16}(?=<)/g, '{{epoch}}-{{state}}');
}
