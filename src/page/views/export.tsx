/** What can be taken away. */
import { useEffect } from 'preact/hooks';
import { decoders, detail, findDecoders, ran, save, sizes } from '../state.js';

export function Export() {
  useEffect(() => {
    if (decoders.value === undefined) void findDecoders();
  }, []);
  const given = { sizes: sizes.value };
  return (
    <div class="export">
      <section>
        <h2>The decoder</h2>
        <Decoders />
      </section>
      <section>
        <h2>The drawing and the report</h2>
        <div class="buttons">
          <button type="button" onClick={() => void save({ kind: 'drawing', ...given, detail: detail.value })}>
            Drawing as SVG
          </button>
          <button type="button" onClick={() => void save({ kind: 'report', ...given })}>
            Report as HTML
          </button>
          <button type="button" onClick={() => void save({ kind: 'explanations', ...given })}>
            Layers explained, as HTML
          </button>
        </div>
      </section>
      <section>
        <h2>The results</h2>
        {ran.value === undefined ? (
          <p>Run the model first.</p>
        ) : (
          <button type="button" onClick={() => void save({ kind: 'results' })}>
            Results as .npz
          </button>
        )}
      </section>
    </div>
  );
}

function Decoders() {
  const found = decoders.value;
  if (found === undefined) return null;
  if (found.candidates.length === 0)
    return (
      <>
        <p>There is none to cut out.</p>
        <Reasons reasons={found.reasons} />
      </>
    );
  return (
    <ol>
      {found.candidates.slice(0, 12).map(({ number, text, reasons }) => (
        <li key={number}>
          <p>{text}</p>
          <Reasons reasons={reasons} />
          <button type="button" onClick={() => void save({ kind: 'decoder', candidate: number })}>
            Decoder {number} as .onnx
          </button>
        </li>
      ))}
    </ol>
  );
}

function Reasons({ reasons }: { readonly reasons: readonly string[] }) {
  return (
    <ul class="reasons">
      {reasons.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
}
