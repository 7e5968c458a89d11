/** How sizes, counts, durations and dates read on the page. English, digits grouped, units short. */

const COUNT = new Intl.NumberFormat('en');
const ONE_DIGIT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const CLOCK = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];
const DAY_MS = 86_400_000;

/** 12345 → "12,345". */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** "1 passage", "12,345 passages". */
export function formatQuantity(count: number, one: string, many: string): string {
  return `${COUNT.format(count)} ${count === 1 ? one : many}`;
}

/** Bytes in decimal units, as storage is sold and as browsers report quota: 1536000 → "1.5 MB". */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? COUNT.format(Math.round(value)) : ONE_DIGIT.format(value);
  return `${digits} ${BYTE_UNITS[unit] ?? 'B'}`;
}

/** Milliseconds, with a digit where it says something: 0.34 → "0.3 ms", 12.7 → "13 ms", 2300 → "2.3 s". */
export function formatDuration(ms: number): string {
  if (ms >= 1000) return `${ONE_DIGIT.format(ms / 1000)} s`;
  return ms < 10 ? `${ONE_DIGIT.format(ms)} ms` : `${COUNT.format(Math.round(ms))} ms`;
}

/** Today as a time of day, earlier days as a date; nothing for no time. */
export function formatWhen(ms: number, now: number = Date.now()): string {
  if (Number.isNaN(ms)) return '';
  if (now - ms < DAY_MS && new Date(ms).getDate() === new Date(now).getDate()) return CLOCK.format(ms);
  return DAY.format(ms);
}

/** Date and time in full, for titles. */
export function formatMoment(ms: number): string {
  if (Number.isNaN(ms)) return '';
  return MOMENT.format(ms);
}

/** "guides/setup/install.md" → ["guides/setup/", "install.md"]: the folder recedes, the name stands out. */
export function splitPath(path: string): [folder: string, name: string] {
  const cut = path.lastIndexOf('/') + 1;
  return [path.slice(0, cut), path.slice(cut)];
}
