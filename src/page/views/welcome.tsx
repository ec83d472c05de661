/** Before a model is open: where to drop one, and examples. */
import { busy, gallery, openExample } from '../state.js';
import { OpenButton } from './open-button.js';
import { awaitTabs } from './tabs.js';

export function Welcome() {
  if (busy.value !== undefined) return <div class="welcome" />;
  return (
    <div class="welcome">
      <section class="drop-here">
        <h2>Drop an ONNX model here</h2>
        <p>
          See the network, learn which sizes are legal, break it, run it, take its decoder away. Weights in other files
          are dropped along with it.
        </p>
        <OpenButton />
      </section>
      {gallery.length > 0 && (
        <section>
          <h2>Or begin with an example</h2>
          <ul class="gallery">
            {gallery.map((example) => (
              <li key={example.id}>
                <button
                  type="button"
                  onClick={() => {
                    awaitTabs();
                    void openExample(example);
                  }}
                >
                  <strong>{example.title}</strong>
                  <span>{example.about}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
