/** All nodes as a table, with their shapes at the sizes that are set. */
import { useState } from 'preact/hooks';
import { formatDuration } from '../../diagnostics/units.js';
import type { LayerRow } from '../protocol.js';
import { checked, chooseLayer, layer, ran } from '../state.js';
import { Explanation } from './explanation.js';
import { Table } from './table.js';

/** Rows that are added at a time: more would hold up the page. */
const rowsAtOnce = 150;

const columns = ['operator', 'name', 'output', 'parameters', 'MACs', 'memory'];

export function Layers() {
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(rowsAtOnce);
  const all = checked.value?.layers ?? [];
  const wanted = search.toLowerCase();
  const found = wanted === '' ? all : all.filter((row) => textOf(row).includes(wanted));
  const times = ran.value?.nodeTimes;
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
              setShown(rowsAtOnce);
            }}
          />
        </label>
        <span role="status">
          {found.length} of {all.length} nodes
        </span>
      </div>
      <Table
        label="Nodes"
        columns={times === undefined ? columns : [...columns, 'time']}
        after={
          found.length > shown && (
            <button type="button" onClick={() => setShown(shown + rowsAtOnce)}>
              {found.length - shown} more
            </button>
          )
        }
      >
        {found.slice(0, shown).map((row) => (
          <Row key={row.place} row={row} time={times && (times.get(row.place) ?? 0)} />
        ))}
      </Table>
      <Explanation />
    </>
  );
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
