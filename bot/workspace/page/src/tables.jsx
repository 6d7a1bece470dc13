// The tables that the renderer lacks or draws too freely: `table`, `data_table` and their cells.
import { useMemo, useState } from 'react';
import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight, Search } from 'lucide-react';
import { Drawn } from './text.jsx';

function Cell({ cell }) {
  if (cell.type === 'rich_text') return <Drawn blocks={[cell]} />;
  return cell.text ?? String(cell.value);
}

const words = (cell) =>
  cell.text ?? (cell.elements ?? []).map(words).join(' ');

/** `table`: what is cut by its width can be scrolled to. */
export function Table({ block }) {
  const [head, ...body] = block.rows;
  const style = (index) => {
    const setting = block.column_settings?.[index] ?? {};
    return `${setting.align ?? 'left'} ${setting.is_wrapped ? 'wrapped' : ''}`;
  };
  return (
    <div className="table" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>{head.map((cell, column) => <th key={column} className={style(column)}><Cell cell={cell} /></th>)}</tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => <td key={column} className={style(column)}><Cell cell={cell} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `data_table`: sorts by a click on a heading, filters, and turns pages. */
export function DataTable({ block }) {
  const [head, ...body] = block.rows;
  const [sort, setSort] = useState({ column: -1, down: false });
  const [filter, setFilter] = useState('');
  const [page, setPage] = useState(0);
  const numeric = useMemo(
    () => head.map((_, column) => body.length > 0 && body.every((row) => row[column].type === 'raw_number')),
    [block],
  );
  const size = block.page_size ?? 5;
  const identity = block.row_header_column_index ?? 0;
  const shown = useMemo(() => {
    const wanted = filter.toLowerCase();
    const rows = body.filter((row) => row.some((cell) => words(cell).toLowerCase().includes(wanted)));
    if (sort.column >= 0) {
      const key = (row) => (numeric[sort.column] ? row[sort.column].value : words(row[sort.column]));
      const compare = (a, b) => (numeric[sort.column] ? a - b : a.localeCompare(b));
      rows.sort((a, b) => compare(key(a), key(b)) * (sort.down ? -1 : 1));
    }
    return rows;
  }, [block, filter, sort]);
  const pages = Math.max(1, Math.ceil(shown.length / size));
  const at = Math.min(page, pages - 1);
  const turn = (column) => setSort({ column, down: sort.column === column && !sort.down });
  return (
    <div className="data-table">
      <div className="data-table-bar">
        <strong>{block.caption}</strong>
        {body.length > size && (
          <label className="data-table-filter">
            <Search size={14} aria-hidden />
            <input
              value={filter} placeholder="Filter" aria-label={`Filter ${block.caption}`}
              onChange={({ target }) => setFilter(target.value)}
            />
          </label>
        )}
      </div>
      <div className="table" tabIndex={0} role="region" aria-label={block.caption}>
        <table>
          <thead>
            <tr>
              {head.map((cell, column) => (
                <th
                  key={column} className={numeric[column] ? 'right' : 'left'}
                  aria-sort={sort.column === column ? (sort.down ? 'descending' : 'ascending') : 'none'}
                >
                  <button className="sort" onClick={() => turn(column)}>
                    <Cell cell={cell} />
                    {sort.column === column && (sort.down ? <ArrowDown size={13} /> : <ArrowUp size={13} />)}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.slice(at * size, (at + 1) * size).map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => {
                  const Tag = column === identity ? 'th' : 'td';
                  return (
                    <Tag key={column} scope={Tag === 'th' ? 'row' : undefined} className={numeric[column] ? 'right' : 'left'}>
                      <Cell cell={cell} />
                    </Tag>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages > 1 && (
        <div className="data-table-pages">
          <span>{at * size + 1}–{Math.min((at + 1) * size, shown.length)} of {shown.length}</span>
          <button className="button icon" aria-label="Previous page" disabled={at === 0} onClick={() => setPage(at - 1)}>
            <ChevronLeft size={16} />
          </button>
          <button className="button icon" aria-label="Next page" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
            <ChevronRight size={16} />
          </button>
        </div>
      )}
    </div>
  );
}
