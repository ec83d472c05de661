/** The button that asks for a model's files. */
import { openFiles } from '../state.js';

export function OpenButton({ label = 'Open a model' }: { readonly label?: string }) {
  return (
    <label class="button">
      {label}
      <input
        class="hidden"
        type="file"
        multiple
        onChange={({ currentTarget }) => {
          void openFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </label>
  );
}
