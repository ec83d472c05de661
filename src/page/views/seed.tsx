/** A field for a seed: a whole number of 32 bits. */
export function Seed({ value, onSeed }: { readonly value: number; readonly onSeed: (seed: number) => void }) {
  return (
    <label>
      seed{' '}
      <input
        type="number"
        min="0"
        max="4294967295"
        step="1"
        value={value}
        onChange={({ currentTarget }) => onSeed(Math.trunc(currentTarget.valueAsNumber) || 0)}
      />
    </label>
  );
}
