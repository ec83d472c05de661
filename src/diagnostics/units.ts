/** Numbers for people: three digits and a prefix. */

export interface Scale {
  readonly base: number;
  readonly prefixes: readonly string[];
  readonly unit: string;
}

export const counts: Scale = { base: 1000, prefixes: ['', ' k', ' M', ' G', ' T', ' P', ' E'], unit: '' };
export const bytes: Scale = { base: 1024, prefixes: [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB', ' EiB'], unit: 'B' };

/** `1.24 G`; whole numbers below 1000 in full. */
export function formatCount(value: number): string {
  return scaled(value, counts);
}

/** `1 error`, `2 errors`; several, too, where the number is an expression. */
export function counted(number: number | string, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `12.3 MiB`: powers of 1024. */
export function formatBytes(value: number): string {
  return scaled(value, bytes);
}

/** Three digits with the prefix of the scale; beyond its last one as a power of ten. */
export function scaled(value: number, { base, prefixes }: Scale): string {
  let power = 0;
  let rest = Math.abs(value);
  // A number that rounds up to the next prefix gets it: 999.96 k is 1.00 M.
  while (
    power < prefixes.length - 1 &&
    (power === 0 ? Math.round(rest) >= base : Number(rest.toPrecision(3)) >= 1000)
  ) {
    rest /= base;
    power++;
  }
  const digits = power === 0 && Number.isInteger(rest) ? String(rest) : threeDigits(rest);
  return `${value < 0 ? '-' : ''}${digits}${prefixes[power]}`;
}

function threeDigits(value: number): string {
  if (value < 1) return String(Number(value.toPrecision(3)));
  if (value >= 1e5) return value.toExponential(2);
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** `12 ms`, `3.42 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return '<1 ms';
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${threeDigits(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
