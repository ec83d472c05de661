/** What can be done with the model that is open. Arrow keys go from one to the next (ARIA Authoring Practices, tabs). */
import { checked, errors, type Tab, tab, tabs } from '../state.js';

const titles: Readonly<Record<Tab, string>> = {
  drawing: 'Drawing',
  layers: 'Layers',
  findings: 'Findings',
  run: 'Run',
  export: 'Export',
};

export function TabBar() {
  const onKeyDown = ({ key }: KeyboardEvent) => {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = tabs[(tabs.indexOf(tab.value) + step + tabs.length) % tabs.length] ?? 'drawing';
    tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="The model" onKeyDown={onKeyDown}>
      {tabs.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={tab.value === name}
          aria-controls={tab.value === name ? `panel-${name}` : undefined}
          tabIndex={tab.value === name ? 0 : -1}
          onClick={() => {
            tab.value = name;
          }}
        >
          {titles[name]}
          {name === 'findings' && <Count />}
        </button>
      ))}
    </div>
  );
}

function Count() {
  const count = checked.value?.findingCount ?? 0;
  if (count === 0) return null;
  return <span class={errors.value > 0 ? 'count error' : 'count'}> {count}</span>;
}
