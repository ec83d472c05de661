/** All nodes as a table, with their shapes at the sizes that are set. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatDuration } from '../../diagnostics/units.js';
import type { LayerRow } from '../protocol.js';
import { chooseLayer, layer, layers, ran } from '../state.js';
import { Explanation } from './explanation.js';
import { Table } from './table.js';

/** Rows that are added at a time: more would hold up the page. */
const rowsAtOnce = 100;

const columns = ['operator', 'name', 'output', 'parameters', 'MACs', 'memory'];

export function Layers() {
  const [search, setSearch] = useState('');
  const all = layers.value;
  const [{ from, to }, setShown] = useState(() => rowsAround(layer.peek()));
  const wanted = search.toLowerCase();
  const found = wanted === '' ? all : all.filter((row) => textOf(row).includes(wanted));
  const times = ran.value?.nodeTimes;
  const table = useRef<HTMLDivElement>(null);
  useEffect(() => table.current?.querySelector('.chosen')?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <>
      <div class="toolbar">
        <label>
          search{' '}
          <input
            type="search"
            value={search}
            onInput={({ currentTarget }) => {
              setSearch(currentTarget.value);
              setShown(rowsAround(undefined));
            }}
          />
        </label>
        <span role="status">
          {found.length} of {all.length} nodes
        </span>
      </div>
      <div ref={table}>
        <Table
          label="Nodes"
          columns={times === undefined ? columns : [...columns, 'time']}
          before={
            from > 0 && (
              <button type="button" onClick={() => setShown({ from: Math.max(0, from - rowsAtOnce), to })}>
                {from} before
              </button>
            )
          }
          after={
            found.length > to && (
              <button type="button" onClick={() => setShown({ from, to: to + rowsAtOnce })}>
                {found.length - to} more
              </button>
            )
          }
        >
          {found.slice(from, to).map((row) => (
            <Row key={row.place} row={row} time={times && (times.get(row.place) ?? 0)} />
          ))}
        </Table>
      </div>
      <Explanation />
    </>
  );
}

/** The first rows, or those around a layer that was chosen elsewhere. */
function rowsAround(place: number | undefined): { readonly from: number; readonly to: number } {
  const from = place === undefined || place < rowsAtOnce ? 0 : place - rowsAtOnce / 2;
  return { from, to: from + rowsAtOnce };
}

function textOf({ operator, name, shape }: LayerRow): string {
  return `${operator} ${name} ${shape}`.toLowerCase();
}

function Row({ row, time }: { readonly row: LayerRow; readonly time: number | undefined }) {
  const { place, operator, name, shape, parameters, macs, bytes, isBroken } = row;
  const isChosen = layer.value === place;
  return (
    <tr class={`${isBroken ? 'broken' : ''} ${isChosen ? 'chosen' : ''}`}>
      <td>{operator}</td>
      <th scope="row">
        <button type="button" class="link" aria-pressed={isChosen} onClick={() => void chooseLayer(place)}>
          {name}
        </button>
        {isBroken && <strong> breaks</strong>}
      </th>
      <td>
        <code>{shape}</code>
      </td>
      <td class="number">{parameters}</td>
      <td class="number">{macs}</td>
      <td class="number">{bytes}</td>
      {time !== undefined && <td class="number">{time === 0 ? '' : formatDuration(time)}</td>}
    </tr>
  );
}
