/** Tables: as Markdown rows when they hold data, as plain blocks when they only lay out a page. */
import { Flow } from './flow.js';

/** More columns are no table that a reader could follow; such rows are written as lines of text. */
const MAX_COLUMNS = 64;

export class TableText {
  readonly #rows: Flow[][] = [];
  /** Text of a caption or between the cells. */
  readonly loose = new Flow();

  startRow(): void {
    this.#rows.push([]);
  }

  /** The flow of a new cell. */
  startCell(): Flow {
    if (this.#rows.length === 0) this.startRow();
    const cell = new Flow();
    this.#rows.at(-1)?.push(cell);
    return cell;
  }

  finish(): string {
    const rows = this.#rows.filter((row) => row.some((cell) => !cell.empty));
    const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
    const isData =
      columns > 1 &&
      columns <= MAX_COLUMNS &&
      rows.length > 1 &&
      !rows.some((row) => row.some((cell) => cell.structured));
    const body = isData ? this.#markdown(rows, columns) : this.#blocks(rows);
    const caption = this.loose.finish();
    return caption === '' ? body : body === '' ? caption : `${caption}\n\n${body}`;
  }

  #markdown(rows: Flow[][], columns: number): string {
    const lines = rows.map((row) => {
      const cells = row.map((cell) =>
        cell
          .finish()
          .replace(/\s*\n\s*/g, ' ')
          .replaceAll('|', '\\|'),
      );
      while (cells.length < columns) cells.push('');
      return `| ${cells.join(' | ')} |`;
    });
    lines.splice(1, 0, `|${' --- |'.repeat(columns)}`);
    return lines.join('\n');
  }

  #blocks(rows: Flow[][]): string {
    return rows
      .flat()
      .map((cell) => cell.finish())
      .filter((text) => text !== '')
      .join('\n\n');
  }
}
