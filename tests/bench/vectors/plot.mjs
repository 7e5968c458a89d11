// A plot of lines over logarithmic axes as SVG text: how a figure grows with the number of vectors.

const WIDTH = 790;
const HEIGHT = 420;
const LEFT = 96;
const BOTTOM = 50;
const TOP = 40;
const RIGHT = 230;
const colours = ['#0b6e99', '#c2410c', '#15803d', '#7c3aed', '#a16207', '#be123c', '#475569', '#0f766e'];

const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/**
 * @param {string} title
 * @param {string} unit of the figures
 * @param {{ name: string, points: [number, number][] }[]} lines points of (vectors, figure), both above zero
 */
export function plot(title, unit, lines) {
  const all = lines.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const decades = (values) => [
    Math.floor(Math.log10(Math.min(...values)) + 1e-9),
    Math.ceil(Math.log10(Math.max(...values)) - 1e-9),
  ];
  const scale =
    ([low, high], from, to) =>
    (value) =>
      from + ((Math.log10(value) - low) / Math.max(1, high - low)) * (to - from);
  const across = decades(all.map(([x]) => x));
  const upward = decades(all.map(([, y]) => y));
  const x = scale(across, LEFT, WIDTH - RIGHT);
  const y = scale(upward, HEIGHT - BOTTOM, TOP);
  const ticks = ([low, high]) => Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const label = (value) => (value >= 1 ? value.toLocaleString('en') : String(Number(value.toPrecision(1))));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/><text x="${LEFT}" y="20" font-size="14">${escape(title)}</text>`,
    ...ticks(across).map(
      (at) =>
        `<path d="M${x(at)} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/><text x="${x(at)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(at)}</text>`,
    ),
    ...ticks(upward).map(
      (at) =>
        `<path d="M${LEFT} ${y(at)}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(at) + 4}" text-anchor="end">${label(at)}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">vectors</text>`,
    `<text x="14" y="${HEIGHT / 2}" transform="rotate(-90 14 ${HEIGHT / 2})" text-anchor="middle">${escape(unit)}</text>`,
    ...lines.flatMap(({ name, points }, i) => {
      const colour = colours[i % colours.length];
      const place = TOP + 10 + i * 18;
      return [
        `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map(([a, b]) => `${x(a)},${y(b)}`).join(' ')}"/>`,
        ...points.map(([a, b]) => `<circle cx="${x(a)}" cy="${y(b)}" r="3" fill="${colour}"/>`),
        `<path d="M${WIDTH - RIGHT + 12} ${place}h18" stroke="${colour}" stroke-width="2"/><text x="${WIDTH - RIGHT + 36}" y="${place + 4}">${escape(name)}</text>`,
      ];
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}
