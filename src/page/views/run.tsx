/** Runs the model on pictures, the camera, latents or random numbers, and shows what comes out. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { printable } from '../../diagnostics/printable.js';
import { normalizationNames } from '../../feed/normalization.js';
import { type FeedRequest, type InputView, type ShownKind, shownKinds } from '../protocol.js';
import { busy, droppedPicture, opened, ran, run } from '../state.js';
import { Camera } from './camera.js';
import { Latent } from './latent.js';
import { Results } from './results.js';
import { Seed } from './seed.js';

type Source = 'picture' | 'camera' | 'latent' | 'random';

export function Run() {
  const feeds = useSignal<ReadonlyMap<string, FeedRequest>>(new Map());
  const normalization = useSignal('0..1');
  const isStrict = useSignal(false);
  const showAs = useSignal<ShownKind | undefined>(undefined);
  const inputs = opened.value?.inputs ?? [];
  const start = () => {
    void run({
      feeds: feeds.value,
      normalization: normalization.value,
      isStrict: isStrict.value,
      showAs: showAs.value,
    });
  };
  const feed = (name: string, request: FeedRequest, isImmediate = false) => {
    feeds.value = new Map(feeds.value).set(name, request);
    if (isImmediate) start();
  };
  return (
    <div class="run">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        {inputs.map((input) => (
          <InputField key={input.name} input={input} onFeed={(request, now) => feed(input.name, request, now)} />
        ))}
        <div class="toolbar">
          {inputs.some(({ takesPicture }) => takesPicture) && (
            <Choice
              label="values"
              options={normalizationNames.filter((name) => !['unit', 'half', 'bytes'].includes(name))}
              value={normalization.value}
              onChoose={(name) => {
                normalization.value = name;
              }}
            />
          )}
          <Choice
            label="show as"
            options={['what it is', ...shownKinds]}
            value={showAs.value ?? 'what it is'}
            onChoose={(name) => {
              showAs.value = shownKinds.find((kind) => kind === name);
            }}
          />
          <label>
            <input
              type="checkbox"
              checked={isStrict.value}
              onChange={({ currentTarget }) => {
                isStrict.value = currentTarget.checked;
              }}
            />{' '}
            the same bits on every machine
          </label>
          <button type="submit" class="main" disabled={busy.value !== undefined}>
            Run
          </button>
        </div>
      </form>
      {ran.value !== undefined && <Results results={ran.value} />}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly options: readonly string[];
  readonly value: string;
  readonly onChoose: (option: string) => void;
}

function Choice({ label, options, value, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

interface InputProps {
  readonly input: InputView;
  readonly onFeed: (request: FeedRequest, isImmediate?: boolean) => void;
}

function InputField({ input, onFeed }: InputProps) {
  const sources: readonly Source[] = [
    ...(input.takesPicture ? (['picture', 'camera'] as const) : []),
    ...(input.latentLength === undefined ? [] : (['latent'] as const)),
    'random',
  ];
  const source = useSignal<Source>(sources.includes('latent') && !input.takesPicture ? 'latent' : 'random');
  const file = useSignal<File | undefined>(undefined);
  const choose = (picture: File | undefined) => {
    if (picture === undefined) return;
    source.value = 'picture';
    file.value = picture;
    onFeed({ kind: 'file', file: picture });
  };
  useEffect(() => {
    onFeed(source.value === 'latent' ? { kind: 'latent', seed: 0, values: new Map() } : { kind: 'random', seed: 0 });
  }, []);
  // A picture that was dropped comes after the numbers that it takes the place of.
  useEffect(() => {
    if (!input.takesPicture || droppedPicture.value === undefined) return;
    choose(droppedPicture.value);
    droppedPicture.value = undefined;
  }, [droppedPicture.value]);
  return (
    <fieldset>
      <legend>
        {printable(input.name)} <code>{input.type}</code>
      </legend>
      <Choice
        label="from"
        options={sources}
        value={source.value}
        onChoose={(name) => {
          source.value = sources.find((item) => item === name) ?? 'random';
          if (source.value === 'random') onFeed({ kind: 'random', seed: 0 });
          if (source.value === 'latent') onFeed({ kind: 'latent', seed: 0, values: new Map() });
        }}
      />
      {source.value === 'picture' && (
        <label class="button">
          {file.value === undefined ? 'Choose a picture, or drop one' : printable(file.value.name)}
          <input
            class="hidden"
            type="file"
            accept="image/png,image/jpeg,image/webp,image/tiff,.tif,.tiff"
            onChange={({ currentTarget }) => choose(currentTarget.files?.[0])}
          />
        </label>
      )}
      {source.value === 'camera' && <Camera onPicture={(pixels) => onFeed({ kind: 'pixels', pixels }, true)} />}
      {source.value === 'random' && <Seed value={0} onSeed={(seed) => onFeed({ kind: 'random', seed })} />}
      {source.value === 'latent' && <Latent input={input} onFeed={(request) => onFeed(request, true)} />}
    </fieldset>
  );
}
