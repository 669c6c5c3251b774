/** Leap seconds as the International Earth Rotation and Reference Systems Service has announced them (RFC 7808 §5.6). */

/** The first day at which each offset of UTC from TAI holds, beginning with 10 seconds, one more each time. */
const onsets =
  '1972-01-01 1972-07-01 1973-01-01 1974-01-01 1975-01-01 1976-01-01 1977-01-01 1978-01-01 1979-01-01 1980-01-01 ' +
  '1981-07-01 1982-07-01 1983-07-01 1985-07-01 1988-01-01 1990-01-01 1991-01-01 1992-07-01 1993-07-01 1994-07-01 ' +
  '1996-01-01 1997-07-01 1999-01-01 2006-01-01 2009-01-01 2012-07-01 2015-07-01 2017-01-01';

const firstOffset = 10;

export interface LeapSeconds {
  /** The last day that the data cover. */
  readonly expires: string;
  readonly publisher: string;
  readonly version: string;
  readonly leapseconds: readonly { readonly 'utc-offset': number; readonly onset: string }[];
}

export const leapSeconds: LeapSeconds = {
  // Nothing is known here beyond Bulletin C 70 of July 2025.
  expires: '2026-06-28',
  publisher: 'IERS',
  version: 'Bulletin C 70',
  leapseconds: onsets.split(' ').map((onset, at) => ({ 'utc-offset': firstOffset + at, onset })),
};
