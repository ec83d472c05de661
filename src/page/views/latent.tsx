/** Sliders for the first elements of a latent; the others come from the seed. */
import { useSignal } from '@preact/signals';
import { printable } from '../../diagnostics/printable.js';
import { type FeedRequest, type InputView, mostSliders } from '../protocol.js';
import { ran } from '../state.js';
import { Seed } from './seed.js';

interface LatentProps {
  readonly input: InputView;
  readonly onFeed: (request: FeedRequest) => void;
}

export function Latent({ input, onFeed }: LatentProps) {
  const seed = useSignal(0);
  const moved = useSignal<ReadonlyMap<number, number>>(new Map());
  const fed = ran.value?.inputs.find(({ name }) => name === printable(input.name))?.latent ?? [];
  const sample = (next: number) => {
    seed.value = next;
    moved.value = new Map();
    onFeed({ kind: 'latent', seed: next, values: moved.value });
  };
  const move = (place: number, value: number) => {
    moved.value = new Map(moved.value).set(place, value);
    onFeed({ kind: 'latent', seed: seed.value, values: moved.value });
  };
  const count = Math.min(mostSliders, input.latentLength ?? 0);
  return (
    <div class="latent">
      <Seed value={seed.value} onSeed={sample} />
      <button type="button" onClick={() => sample(seed.value + 1)}>
        Sample
      </button>
      <div class="sliders">
        {Array.from({ length: count }, (_, place) => (
          <label key={place}>
            {place + 1}
            <input
              type="range"
              min="-3"
              max="3"
              step="0.05"
              value={moved.value.get(place) ?? fed[place] ?? 0}
              onInput={({ currentTarget }) => move(place, currentTarget.valueAsNumber)}
            />
          </label>
        ))}
      </div>
    </div>
  );
}
