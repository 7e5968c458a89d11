// Draws the application's icons as PNG files, from the same arch as shapes/arch.tsx, with nothing but Node.
// Usage: node tools/draw-icons.mjs   (writes public/icons/*.png; the output is the same on every machine)
import { writeFileSync } from 'node:fs';
import { crc32 as zlibCrc32, deflateSync } from 'node:zlib';

const GROUND = [31, 63, 174];
const STONE = [246, 248, 247];
const SAMPLES = 4;

/** @param {Buffer} bytes */
function crc32(bytes) {
  if (zlibCrc32) return zlibCrc32(bytes);
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** One PNG chunk: length, type, body, checksum. */
function chunk(type, body) {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const out = Buffer.alloc(typed.length + 8);
  out.writeUInt32BE(body.length, 0);
  typed.copy(out, 4);
  out.writeUInt32BE(crc32(typed), typed.length + 4);
  return out;
}

/**
 * Whether a point belongs to one of the arch's bands.
 * @param {number} x 0..1, left to right
 * @param {number} y 0..1, top to bottom
 * @param {number} scale size of the arch in the icon, 0..1
 */
function inArch(x, y, scale) {
  const u = (x - 0.5) / scale;
  const v = (y - 0.5) / scale;
  const springing = -0.02;
  const base = 0.4;
  if (v > base) return false;
  const distance = v < springing ? Math.hypot(u, v - springing) : Math.abs(u);
  const bands = [
    [0.345, 0.4],
    [0.235, 0.3],
    [0.155, 0.18],
  ];
  return bands.some(([inner, outer]) => distance >= inner && distance <= outer);
}

/** Whether a point lies in the rounded square of the icon's ground. radius is a share of the side. */
function inGround(x, y, radius) {
  const dx = Math.max(Math.abs(x - 0.5) - (0.5 - radius), 0);
  const dy = Math.max(Math.abs(y - 0.5) - (0.5 - radius), 0);
  return Math.hypot(dx, dy) <= radius;
}

/** @param {number} side pixels @param {number} radius of the ground's corners @param {number} scale of the arch */
function draw(side, radius, scale) {
  const rows = Buffer.alloc(side * (side * 4 + 1));
  for (let py = 0; py < side; py++) {
    for (let px = 0; px < side; px++) {
      let ground = 0;
      let stone = 0;
      for (let s = 0; s < SAMPLES * SAMPLES; s++) {
        const x = (px + ((s % SAMPLES) + 0.5) / SAMPLES) / side;
        const y = (py + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES) / side;
        if (!inGround(x, y, radius)) continue;
        ground++;
        if (inArch(x, y, scale)) stone++;
      }
      const at = py * (side * 4 + 1) + 1 + px * 4;
      const share = ground === 0 ? 0 : stone / ground;
      for (let c = 0; c < 3; c++) rows[at + c] = Math.round(GROUND[c] + (STONE[c] - GROUND[c]) * share);
      rows[at + 3] = Math.round((ground / (SAMPLES * SAMPLES)) * 255);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const folder = new URL('../public/icons/', import.meta.url);
writeFileSync(new URL('archivolt-192.png', folder), draw(192, 0.22, 0.92));
writeFileSync(new URL('archivolt-512.png', folder), draw(512, 0.22, 0.92));
// A maskable icon's safe zone is a circle of 80 % of the side: the arch stays inside it.
writeFileSync(new URL('archivolt-maskable-512.png', folder), draw(512, 0, 0.74));
