/** Comma-separated values (RFC 4180): people come in by it, the audit goes out by it. */

/** A value that a spreadsheet would run as a formula begins with an apostrophe instead (clients.md part 4). */
export function csvLine(values: readonly string[]): string {
  const cells = values.map((value) => {
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${cells.join(',')}\r\n`;
}

export interface CsvRow {
  /** 1-based. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Rows with their lines; commas or semicolons, whatever the first line has more of. Blank lines are left out. */
export function csvRows(text: string, maxRows: number): readonly CsvRow[] {
  const source = text.replace(/^\uFEFF/, '');
  const [heading = ''] = source.split('\n', 1);
  const comma = heading.split(';').length > heading.split(',').length ? ';' : ',';
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let rowLine = 1;
  const end = (): void => {
    cells.push(cell.trim());
    cell = '';
    if (cells.some((one) => one !== '')) rows.push({ line: rowLine, cells });
    cells = [];
  };
  for (let at = 0; at < source.length && rows.length < maxRows; at++) {
    const char = source[at] ?? '';
    if (char === '\n') line++;
    if (quoted) {
      if (char === '"' && source[at + 1] === '"') {
        cell += '"';
        at++;
      } else if (char === '"') quoted = false;
      else cell += char;
    } else if (char === '"' && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (char === comma) {
      cells.push(cell.trim());
      cell = '';
    } else if (char === '\n') {
      end();
      rowLine = line;
    } else if (char !== '\r') cell += char;
  }
  end();
  return rows;
}
