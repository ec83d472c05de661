/**
 * Draws pictures like those that the bundled U-Net was trained on: bright cells on an uneven ground, gray, 256 by 256.
 *
 *     node examples/draw-cells.js FOLDER [COUNT]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';

const size = 256;

/** Uniform numbers in 0..1 that are the same for the same seed (Marsaglia's xorshift of 32 bits). */
function randomNumbers(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function drawCells(seed) {
  const random = randomNumbers(seed);
  const between = (low, high) => low + (high - low) * random();
  const gray = new Float32Array(size * size);

  const waves = Array.from({ length: 4 }, () => ({ x: between(-3, 3), y: between(-3, 3), phase: between(0, 6.28) }));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const light = waves.reduce((sum, wave) => sum + Math.sin((wave.x * x + wave.y * y) / 40 + wave.phase), 0);
      gray[y * size + x] = 0.16 + 0.02 * light;
    }
  }

  const owner = new Uint8Array(size * size);
  for (let cell = 0; cell < 140; cell++) drawCell(gray, owner, between);

  const data = new Uint8Array(size * size);
  for (let i = 0; i < data.length; i++) {
    const noise = (random() + random() + random() - 1.5) * 0.06 * Math.sqrt(Math.max(gray[i], 0.05));
    data[i] = Math.round(255 * Math.min(1, Math.max(0, gray[i] + noise)));
  }
  return encode({ width: size, height: size, channels: 1, depth: 8, data });
}

/** A wobbly ellipse, brightest in its middle; none where it would cover another by much. */
function drawCell(gray, owner, between) {
  const [centerX, centerY] = [between(0, size), between(0, size)];
  const [turn, major, brightness] = [between(0, Math.PI), between(5, 12), between(0.25, 0.6)];
  const minor = major * between(0.6, 1);
  const wobbles = [2, 3, 4].map((k) => ({ k, depth: between(0, 0.09), phase: between(0, 6.28) }));
  const inside = [];
  for (let y = Math.max(0, Math.floor(centerY - 15)); y < Math.min(size, centerY + 15); y++) {
    for (let x = Math.max(0, Math.floor(centerX - 15)); x < Math.min(size, centerX + 15); x++) {
      const along = (x - centerX) * Math.cos(turn) + (y - centerY) * Math.sin(turn);
      const across = (y - centerY) * Math.cos(turn) - (x - centerX) * Math.sin(turn);
      if (Math.hypot(along / major, across / minor) > 1.3) continue;
      const angle = Math.atan2(across / minor, along / major);
      const rim = wobbles.reduce((sum, { k, depth, phase }) => sum + depth * Math.cos(k * angle + phase), 1);
      const radius = Math.hypot(along / major, across / minor) / rim;
      if (radius < 1) inside.push({ at: y * size + x, radius });
    }
  }
  if (inside.filter(({ at }) => owner[at] > 0).length > 0.12 * inside.length) return;
  for (const { at, radius } of inside) {
    if (owner[at] > 0) continue;
    owner[at] = 1;
    gray[at] += brightness * (1 - 0.45 * radius ** 2);
  }
}

const [folder, count = '100'] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node examples/draw-cells.js FOLDER [COUNT]\n');
  process.exitCode = 2;
} else {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < Number(count); i++) {
    writeFileSync(join(folder, `cells-${String(i + 1).padStart(3, '0')}.png`), drawCells(i));
  }
}
