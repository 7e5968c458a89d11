/**
 * The arch, the application's one ornament. `ArchMark` is the logo; `ArchProgress` is an arch of stones that fills from
 * both feet to the keystone as work proceeds. Drawn by attributes alone, since the policy allows no inline style.
 */

const CENTER_X = 320;
const SPRING_Y = 322;
const VOUSSOIRS = 21;
const COURSES = 4;
const INNER = 240;
const OUTER = 292;
const FOOT_Y = 520;
/** Half the gap between two stones: radians in the ring, units in the jambs. */
const JOINT = 0.0045;
const BED = 1.2;

interface Stone {
  path: string;
  /** 0 at the feet, 1 at the keystone. */
  height: number;
}

function point(radius: number, angle: number): string {
  return `${(CENTER_X - radius * Math.cos(angle)).toFixed(2)} ${(SPRING_Y - radius * Math.sin(angle)).toFixed(2)}`;
}

function wedge(index: number): Stone {
  const from = (Math.PI * index) / VOUSSOIRS + JOINT;
  const to = (Math.PI * (index + 1)) / VOUSSOIRS - JOINT;
  const middle = (VOUSSOIRS - 1) / 2;
  // The keystone stands out of the ring, as it does on a built arch.
  const outer = index === middle ? OUTER + 10 : OUTER;
  const inner = index === middle ? INNER - 8 : INNER;
  const path =
    `M${point(inner, from)}L${point(outer, from)}A${outer} ${outer} 0 0 1 ${point(outer, to)}` +
    `L${point(inner, to)}A${inner} ${inner} 0 0 0 ${point(inner, from)}Z`;
  const steps = COURSES + middle;
  return { path, height: (COURSES + middle - Math.abs(index - middle)) / steps };
}

function course(index: number, side: -1 | 1): Stone {
  const tall = (FOOT_Y - SPRING_Y) / COURSES;
  const top = FOOT_Y - tall * (index + 1);
  const left = side === -1 ? CENTER_X - OUTER : CENTER_X + INNER;
  const path = `M${left} ${(top + BED).toFixed(2)}h${OUTER - INNER}v${(tall - 2 * BED).toFixed(2)}h${INNER - OUTER}Z`;
  return { path, height: index / (COURSES + (VOUSSOIRS - 1) / 2) };
}

const STONES: readonly Stone[] = [
  ...Array.from({ length: COURSES }, (_, i) => course(i, -1)),
  ...Array.from({ length: COURSES }, (_, i) => course(i, 1)),
  ...Array.from({ length: VOUSSOIRS }, (_, i) => wedge(i)),
];

function band(radius: number): string {
  return `M${CENTER_X - radius} ${FOOT_Y}V${SPRING_Y}A${radius} ${radius} 0 0 1 ${CENTER_X + radius} ${SPRING_Y}V${FOOT_Y}`;
}

/** The logo: 24 units square, drawn in the text's colour. */
export function ArchMark() {
  return (
    <svg class="arch-mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d="M2.6 22V11.4a9.4 9.4 0 0 1 18.8 0V22" stroke-width="1.3" />
      <path d="M5.7 22V11.4a6.3 6.3 0 0 1 12.6 0V22" stroke-width="2" />
      <path d="M9 22V11.4a3 3 0 0 1 6 0V22" stroke-width="1" />
    </svg>
  );
}

/** @param value share done, 0..1; null draws the arch in outline. */
export function ArchProgress({ value }: { value: number | null }) {
  return (
    <svg class="arch" viewBox="6 8 628 514" aria-hidden="true">
      <path class="arch-band" d={band(310)} />
      <path class="arch-band" d={band(302)} />
      <path class="arch-band" d={band(232)} />
      {STONES.map((stone) => (
        <path
          key={stone.path}
          class={value !== null && (value >= 1 || stone.height < value) ? 'arch-stone is-laid' : 'arch-stone'}
          d={stone.path}
        />
      ))}
      <path class="arch-ground" d={`M6 ${FOOT_Y + 1}H634`} />
    </svg>
  );
}
