/** Which instructions a browser's owner most likely wants. */
export type Device = 'iphone' | 'mac' | 'thunderbird' | 'android' | 'outlook' | 'other';

export const devices: readonly Device[] = ['iphone', 'mac', 'thunderbird', 'android', 'outlook', 'other'];

/** An iPad calls itself a Mac; only the touch screen tells. */
export function deviceOf(userAgent: string, touchPoints: number): Device {
  if (/Thunderbird/.test(userAgent)) return 'thunderbird';
  if (/Android/.test(userAgent)) return 'android';
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'iphone';
  if (/Macintosh/.test(userAgent)) return touchPoints > 1 ? 'iphone' : 'mac';
  if (/Windows/.test(userAgent)) return 'outlook';
  return 'iphone';
}
