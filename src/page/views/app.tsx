/** The page as a whole: what is open, or how something is opened. */
import { useEffect, useState } from 'preact/hooks';
import { busy, failure, leaveLayer, opened, openFiles, stop, tab } from '../state.js';
import { Drawing } from './drawing.js';
import { Export } from './export.js';
import { FindingList, Findings } from './findings.js';
import { Layers } from './layers.js';
import { ModelCard } from './model-card.js';
import { OpenButton } from './open-button.js';
import { Run } from './run.js';
import { TabBar } from './tabs.js';
import { Welcome } from './welcome.js';

export function App() {
  const isOver = useDroppedFiles();
  useEscape();
  return (
    <>
      <header>
        <h1>unstride</h1>
        {opened.value !== undefined && <OpenButton />}
        <Status />
      </header>
      <main class={isOver ? 'dropping' : ''}>
        {failure.value.length > 0 && (
          <section class="failure" role="alert" aria-label="What went wrong">
            <FindingList findings={failure.value} />
          </section>
        )}
        {opened.value === undefined ? <Welcome /> : <Workspace />}
      </main>
      <footer>
        <p>
          Everything happens on this machine: nothing is uploaded.
          {!crossOriginIsolated && ' This host sends no isolation headers, so models run on one thread.'}
        </p>
      </footer>
    </>
  );
}

function Status() {
  return (
    <div class="status">
      <span role="status" aria-live="polite">
        {busy.value === undefined ? '' : `${busy.value} …`}
      </span>
      {busy.value !== undefined && (
        <button type="button" onClick={stop}>
          Stop
        </button>
      )}
    </div>
  );
}

const panels = { drawing: Drawing, layers: Layers, findings: Findings, run: Run, export: Export } as const;

function Workspace() {
  const Panel = panels[tab.value];
  return (
    <div class="workspace">
      <ModelCard />
      <div class="work">
        <TabBar />
        <section id={`panel-${tab.value}`} role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
          <Panel />
        </section>
      </div>
    </div>
  );
}

/** Escape leaves the chosen layer; in a field it has a meaning of its own. */
function useEscape(): void {
  useEffect(() => {
    const leave = ({ key, target }: KeyboardEvent) => {
      if (key === 'Escape' && !(target instanceof HTMLInputElement || target instanceof HTMLSelectElement))
        leaveLayer();
    };
    window.addEventListener('keydown', leave);
    return () => window.removeEventListener('keydown', leave);
  }, []);
}

/** Files that are dropped anywhere on the page. @returns whether some are held over it */
function useDroppedFiles(): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      void openFiles([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return isOver;
}
