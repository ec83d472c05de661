/** What the model is, its inputs and outputs, and the sizes that it takes. */
import { printable } from '../../diagnostics/printable.js';
import { checked, errors, opened } from '../state.js';
import { OpenButton } from './open-button.js';
import { SizesForm } from './sizes-form.js';
import { goTo } from './tabs.js';

export function ModelCard() {
  const model = opened.value;
  const state = checked.value;
  if (model === undefined || state === undefined) return null;
  return (
    <aside aria-label="The model">
      <h2>{model.name}</h2>
      {errors.value > 0 && (
        <p class="broken">
          <button type="button" onClick={() => goTo('findings')}>
            {errors.value === 1 ? 'A node breaks' : `${errors.value} errors`}: see why
          </button>
        </p>
      )}
      {model.missing.length > 0 && (
        <div class="missing">
          <p>Its weights are in other files. Drop them too, to run it: {model.missing.join(', ')}</p>
          <OpenButton label="Add files" />
        </div>
      )}
      <SizesForm />
      <h3>Inputs</h3>
      <Ports ports={state.inputs} />
      <h3>Outputs</h3>
      <Ports ports={state.outputs} />
      <dl>
        {model.facts.map(([label, text]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

function Ports({ ports }: { readonly ports: readonly { readonly name: string; readonly type: string }[] }) {
  return (
    <ul class="ports">
      {ports.map(({ name, type }) => (
        <li key={name}>
          <span class="name">{printable(name)}</span> <code>{type}</code>
        </li>
      ))}
    </ul>
  );
}
