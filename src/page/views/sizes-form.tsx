/** Open sizes: which are legal, and fields to set them. */
import { useId } from 'preact/hooks';
import { printable } from '../../diagnostics/printable.js';
import type { SizeView } from '../protocol.js';
import { opened, setSizes, sizes } from '../state.js';

export function SizesForm() {
  // The fields are those of the model as it is; at given sizes none would be open.
  const open = opened.value?.checked.sizes ?? [];
  const relations = opened.value?.checked.relations ?? [];
  if (open.length === 0) return <p>All sizes are fixed.</p>;
  const set = (name: string, text: string) => {
    const next = new Map(sizes.value);
    const size = Number(text);
    if (text === '') next.delete(name);
    else if (Number.isSafeInteger(size) && size > 0) next.set(name, size);
    else return;
    void setSizes(next);
  };
  const examples = open.flatMap(({ name, example }) => (example === undefined ? [] : [[name, example] as const]));
  return (
    <form class="sizes" onSubmit={(event) => event.preventDefault()}>
      <h3>Sizes</h3>
      {open.map((size) => (
        <SizeField key={size.name} size={size} onSet={(text) => set(size.name, text)} />
      ))}
      {relations.map((text) => (
        <p key={text} class="legal">
          {text}
        </p>
      ))}
      <div class="buttons">
        <button type="button" onClick={() => void setSizes(new Map(examples))}>
          Legal sizes
        </button>
        <button type="button" disabled={sizes.value.size === 0} onClick={() => void setSizes(new Map())}>
          Open again
        </button>
      </div>
    </form>
  );
}

function SizeField({ size, onSet }: { readonly size: SizeView; readonly onSet: (text: string) => void }) {
  const id = useId();
  const name = printable(size.name);
  return (
    <div class="size">
      <label for={id}>{name}</label>
      <input
        id={id}
        type="number"
        min="1"
        step="1"
        placeholder="open"
        value={sizes.value.get(size.name) ?? ''}
        aria-describedby={`${id}-legal`}
        onChange={({ currentTarget }) => onSet(currentTarget.value)}
      />
      <span
        id={`${id}-legal`}
        class="legal"
        title={size.askedBy.length > 0 ? `asked by ${size.askedBy.join(', ')}` : ''}
      >
        {size.legal}
      </span>
    </div>
  );
}
