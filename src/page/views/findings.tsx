/** What a check finds: the node, what it expected and got, the chain that leads there, and what would fix it. */
import type { FindingView } from '../protocol.js';
import { checked, chooseLayer } from '../state.js';
import { goTo } from './tabs.js';

export function Findings() {
  const findings = checked.value?.findings ?? [];
  if (findings.length === 0) return <p>Nothing is wrong with it.</p>;
  const more = (checked.value?.findingCount ?? 0) - findings.length;
  return (
    <>
      <FindingList findings={findings} />
      {more > 0 && <p>and {more} more</p>}
    </>
  );
}

export function FindingList({ findings }: { readonly findings: readonly FindingView[] }) {
  return (
    <ul class="findings">
      {findings.map((finding, i) => (
        <Finding key={i} finding={finding} />
      ))}
    </ul>
  );
}

function Finding({ finding }: { readonly finding: FindingView }) {
  const { severity, code, title, message, node, expected, actual, origin, notes, remedies, hint } = finding;
  const facts = [
    ['expected', expected],
    ['got', actual],
    ['from', origin],
  ] as const;
  return (
    <li class={`finding ${severity}`}>
      <h3>
        <span class="severity">{severity}</span> {code} <span class="title">{title}</span>
      </h3>
      <p>{message}</p>
      {node !== undefined && (
        <p>
          node <NodeLink {...node} />
        </p>
      )}
      <dl>
        {facts.map(([label, text]) =>
          text === undefined ? null : (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ),
        )}
      </dl>
      {notes.length > 0 && (
        <ol class="chain" aria-label="How it comes to that">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ol>
      )}
      {remedies.length > 0 && (
        <ul class="remedies" aria-label="What would fix it">
          {remedies.map((remedy) => (
            <li key={remedy}>{remedy}</li>
          ))}
        </ul>
      )}
      {hint !== undefined && <p class="hint">{hint}</p>}
    </li>
  );
}

function NodeLink({ place, text }: NonNullable<FindingView['node']>) {
  if (place === undefined) return <code>{text}</code>;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        void chooseLayer(place);
        goTo('layers');
      }}
    >
      {text}
    </button>
  );
}
