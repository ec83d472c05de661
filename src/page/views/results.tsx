/** What a run gave: pictures, ranges, and where the time went. */
import { useEffect, useRef } from 'preact/hooks';
import { formatDuration } from '../../diagnostics/units.js';
import type { RanView, ResultPicture, ResultView, StepView } from '../protocol.js';
import { Table } from './table.js';

export function Results({ results }: { readonly results: RanView }) {
  const { runMilliseconds, compileMilliseconds, threads, tier, inputs, outputs, notes, steps, stepCount } = results;
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
      <Steps steps={steps} count={stepCount} />
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
      <Canvas bitmap={picture.bitmap} label={`${picture.kind}: ${picture.file}`} />
      <figcaption>
        {picture.kind}
        {picture.note === '' ? '' : `: ${picture.note}`}
      </figcaption>
    </figure>
  );
}

function Canvas({ bitmap, label }: { readonly bitmap: ImageBitmap; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return (
    <canvas
      ref={canvas}
      width={bitmap.width}
      height={bitmap.height}
      role="img"
      aria-label={label}
      class={bitmap.width < 128 ? 'small' : ''}
    />
  );
}

function Steps({ steps, count }: { readonly steps: readonly StepView[]; readonly count: number }) {
  if (steps.length === 0) return null;
  return (
    <details>
      <summary>Time per layer</summary>
      <Table
        label="Time per layer"
        columns={['time', 'operators', 'how', 'nodes']}
        after={count > steps.length && <p>and {count - steps.length} shorter ones</p>}
      >
        {steps.map((step, i) => (
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
