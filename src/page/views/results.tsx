/** What a run gave: pictures, ranges, and where the time went. */
import { useEffect, useRef } from 'preact/hooks';
import { formatDuration } from '../../diagnostics/units.js';
import type { Pixels, RanView, ResultPicture, ResultView, StepView } from '../protocol.js';
import { Table } from './table.js';

export function Results({ results }: { readonly results: RanView }) {
  const { runMilliseconds, compileMilliseconds, threads, tier, inputs, outputs, notes, steps } = results;
  return (
    <section class="results" aria-label="Results">
      <p role="status">
        ran in {formatDuration(runMilliseconds)} on {threads === 1 ? 'one thread' : `${threads} threads`}
        {tier !== '' && `, tier ${tier}`}
        {compileMilliseconds > 0 && `, compiled in ${formatDuration(compileMilliseconds)}`}
      </p>
      {outputs.map((output) => (
        <Result key={output.name} output={output} />
      ))}
      <ul class="notes">
        {inputs.map(({ name, text }) => (
          <li key={name}>
            {name}: {text}
          </li>
        ))}
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <Steps steps={steps} />
    </section>
  );
}

function Result({ output }: { readonly output: ResultView }) {
  const { name, type, range, pictures, notes } = output;
  return (
    <article>
      <h3>
        {name} <code>{type}</code>
      </h3>
      {range !== '' && <p>values {range}</p>}
      <div class="pictures">
        {pictures.map((picture) => (
          <PictureFigure key={picture.file} picture={picture} />
        ))}
      </div>
      <ul class="notes">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </article>
  );
}

function PictureFigure({ picture }: { readonly picture: ResultPicture }) {
  return (
    <figure>
      <Canvas pixels={picture.pixels} label={`${picture.kind}: ${picture.file}`} />
      <figcaption>
        {picture.kind}
        {picture.note === '' ? '' : `: ${picture.note}`}
      </figcaption>
    </figure>
  );
}

function Canvas({ pixels, label }: { readonly pixels: Pixels; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const data = new Uint8ClampedArray(pixels.data);
    canvas.current?.getContext('2d')?.putImageData(new ImageData(data, pixels.width, pixels.height), 0, 0);
  }, [pixels]);
  return (
    <canvas
      ref={canvas}
      width={pixels.width}
      height={pixels.height}
      role="img"
      aria-label={label}
      class={pixels.width < 128 ? 'small' : ''}
    />
  );
}

const stepsShown = 60;

function Steps({ steps }: { readonly steps: readonly StepView[] }) {
  if (steps.length === 0) return null;
  return (
    <details>
      <summary>Time per layer</summary>
      <Table
        label="Time per layer"
        columns={['time', 'operators', 'how', 'nodes']}
        after={steps.length > stepsShown && <p>and {steps.length - stepsShown} shorter ones</p>}
      >
        {steps.slice(0, stepsShown).map((step, i) => (
          <tr key={i}>
            <td class="number">{formatDuration(step.milliseconds)}</td>
            <td>{step.operators}</td>
            <td>{step.algorithm}</td>
            <td>{step.nodes}</td>
          </tr>
        ))}
      </Table>
    </details>
  );
}
