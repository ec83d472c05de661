/** The network as a picture: to move, to look into, to choose layers in. */
import { byTime, detail, draw, drawn, ran } from '../state.js';
import { BlockLayers, Explanation } from './explanation.js';
import { Stage } from './stage.js';

export function Drawing() {
  const view = drawn.value;
  return (
    <>
      <div class="toolbar">
        <label>
          <input
            type="checkbox"
            checked={detail.value === 'layers'}
            onChange={({ currentTarget }) => {
              detail.value = currentTarget.checked ? 'layers' : 'blocks';
              void draw();
            }}
          />{' '}
          every layer
        </label>
        {ran.value !== undefined && (
          <label>
            <input
              type="checkbox"
              checked={byTime.value}
              onChange={({ currentTarget }) => {
                byTime.value = currentTarget.checked;
                void draw();
              }}
            />{' '}
            color by time
          </label>
        )}
      </div>
      {view !== undefined && <Stage {...view} />}
      <BlockLayers />
      <Explanation />
    </>
  );
}
