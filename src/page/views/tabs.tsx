/** What can be done with the model that is open. Arrow keys go from one to the next (ARIA Authoring Practices, tabs). */
import { useEffect } from 'preact/hooks';
import { checked, errors, type Tab, tab, tabs } from '../state.js';

const titles: Readonly<Record<Tab, string>> = {
  drawing: 'Drawing',
  layers: 'Layers',
  findings: 'Findings',
  run: 'Run',
  export: 'Export',
};

/** Shows it, and gives its tab the focus: what had it may be gone with what was shown before. */
export function goTo(next: Tab): void {
  tab.value = next;
  document.getElementById(`tab-${next}`)?.focus();
}

let isAwaited = false;

/** The tabs get the focus when they come: what has it goes. */
export function awaitTabs(): void {
  isAwaited = true;
}

export function TabBar() {
  useEffect(() => {
    if (isAwaited) document.getElementById(`tab-${tab.peek()}`)?.focus();
    isAwaited = false;
  }, []);
  const onKeyDown = ({ key }: KeyboardEvent) => {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    if (step !== 0) goTo(tabs[(tabs.indexOf(tab.value) + step + tabs.length) % tabs.length] ?? 'drawing');
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
