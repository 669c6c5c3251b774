/** iCalendar bytes as XML character data, for rows that SQL assembles. */
export { escapedBytes as xmlText, escapedPieces as xmlPieces } from '../../xml/escaped-bytes.ts';
