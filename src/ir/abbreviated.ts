/** Names that are abbreviated and stay distinct: those of symbols stand in every expression that they are part of. */

/** Longer than the arithmetic that exporters write for a size. */
const longest = 1000;

/** The name, or of a long one its beginning, its end and a number made of all of it. */
export function abbreviated(name: string): string {
  if (name.length <= longest) return name;
  return `${name.slice(0, 60)}…${name.slice(-20)}~${hashOf(name)}`;
}

/** 64 bits as two hashes of 32 (FNV-1a, with different offsets): names that differ hardly ever share it. */
function hashOf(text: string): string {
  let [low, high] = [0x811c9dc5, 0x01234567];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b) ^ (high >>> 15);
  }
  return [high, low].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}
