/** Times of other systems as ISO 8601 with microseconds, and back. */
import { invalidArgument } from '../errors.js';
import { Unfit } from './unfit.js';

const FORM =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?)? ?(Z|[zZ]|UTC|[+-]\d\d(?::?\d\d(?::\d\d)?)?)?$/;
const HOUR = 3_600_000;
const WHOLE = /^-?\d{1,17}$/;

/** Turns naive times of one zone into UTC. */
export class Clockwork {
  readonly #utc: boolean;
  readonly #parts: Intl.DateTimeFormat | undefined;
  /** Offset in milliseconds by hour since 1970: the calendar's look-up is slow. */
  readonly #offsets = new Map<number, number>();

  /** `zone`: an IANA name such as Europe/Berlin, of the source's naive times. INVALID_ARGUMENT for an unknown one. */
  constructor(zone: string) {
    this.#utc = /^(?:utc|etc\/utc|z)$/i.test(zone);
    if (this.#utc) return;
    try {
      this.#parts = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        era: 'short',
      });
    } catch {
      throw invalidArgument(
        `timeZone: there is no time zone ${JSON.stringify(zone).slice(0, 60)}; name one such as Europe/Berlin.`,
        {
          argument: 'options.timeZone',
        },
      );
    }
  }

  /** ISO text in UTC. Takes ISO and SQL forms, naive or with an offset, and seconds since 1970 as a number. */
  toIso(value: unknown): string {
    if (typeof value === 'number' || typeof value === 'bigint') return fromSeconds(Number(value));
    if (typeof value !== 'string') throw new Unfit('is no time');
    const text = value.trim();
    const match = FORM.exec(text);
    if (match === null) {
      if (WHOLE.test(text) || /^\d+\.\d+$/.test(text)) return fromSeconds(Number(text));
      throw new Unfit('is no time such as 2026-01-30 10:00:00.123456');
    }
    const [, date = '', clock = '00:00:00', fraction = '', zone] = match;
    const seconds = clock.length === 5 ? `${clock}:00` : clock;
    const micros = fraction === '' ? '' : `.${fraction.slice(0, 6).padEnd(6, '0')}`;
    if (zone === undefined && this.#utc) return `${date}T${seconds}${micros}Z`;
    if (zone !== undefined && /^(?:Z|z|UTC|\+00(?::?00)?)$/.test(zone)) return `${date}T${seconds}${micros}Z`;
    const local = Date.parse(`${date}T${seconds}Z`);
    if (Number.isNaN(local)) throw new Unfit('is no time of the calendar');
    const utc = zone === undefined ? local - this.#offset(local) : local - offsetOf(zone);
    const shifted = new Date(utc);
    if (Number.isNaN(shifted.getTime())) throw new Unfit('is no time of the calendar');
    return `${shifted.toISOString().slice(0, 19)}${micros}Z`;
  }

  /** How far the zone is ahead of UTC at this local time; of a time that stands twice, the first. */
  #offset(local: number): number {
    const hour = Math.floor(local / HOUR);
    const known = this.#offsets.get(hour);
    if (known !== undefined) return known;
    // The zone's offset a day before is the one of summer when the clock goes back today: then it is the first of the two.
    const before = this.#at(local - this.#at(local - 24 * HOUR));
    const offset = this.#at(local - before);
    const fits = this.#at(local - offset) === offset ? offset : before;
    this.#offsets.set(hour, fits);
    return fits;
  }

  #at(utc: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#parts?.formatToParts(new Date(utc)) ?? []) parts[type] = value;
    const year = Number(parts['year']) * (parts['era'] === 'BC' ? -1 : 1);
    const shown = Date.UTC(
      year,
      Number(parts['month']) - 1,
      Number(parts['day']),
      Number(parts['hour']),
      Number(parts['minute']),
      Number(parts['second']),
    );
    return shown - Math.floor(utc / 1000) * 1000;
  }
}

function offsetOf(zone: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(zone) ?? [];
  const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (sign === '-' ? -1000 : 1000) * size;
}

/** Seconds since 1970, or milliseconds or microseconds where seconds would lie beyond the year 5138. */
function fromSeconds(value: number): string {
  const size = Math.abs(value);
  const millis = size < 1e11 ? value * 1000 : size < 1e14 ? value : value / 1000;
  const date = new Date(Math.round(millis));
  if (Number.isNaN(date.getTime())) throw new Unfit('is no time');
  return date.toISOString();
}

/** ISO text in UTC as a system writes it: `2026-01-30T10:00:00Z`, or `2026-01-30 10:00:00` in SQL's way. */
export function fromIso(iso: string, form: 'iso' | 'sql'): string {
  const trimmed = iso.replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
  return form === 'iso' ? trimmed : trimmed.replace('T', ' ').replace('Z', '');
}

/** Microseconds since 1970 in UTC as a system writes them, the fraction without zeros at its end, as PostgreSQL prints it. */
export function fromMicros(micros: number, form: 'iso' | 'sql'): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = String(micros - seconds * 1e6).padStart(6, '0');
  // A year of more than four digits has a sign there, which no database reads.
  const whole = new Date(seconds * 1000)
    .toISOString()
    .replace(/^\+0*/, '')
    .replace(/\.000Z$/, '');
  return fromIso(`${whole}.${fraction}Z`, form);
}

const OWN = /^(\d{4,6})(-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/;

/** Microseconds since 1970 of a time as fromMicros writes it. Throws Unfit. */
export function toMicros(iso: string): number {
  const [, year = '', rest = '', fraction = ''] = OWN.exec(iso) ?? [];
  const millis = Date.parse(`${year.length === 4 ? year : `+${year.padStart(6, '0')}`}${rest}Z`);
  if (Number.isNaN(millis)) throw new Unfit('is no time such as 2026-01-30T10:00:00.123456Z');
  return millis * 1000 + Number(fraction.padEnd(6, '0'));
}
