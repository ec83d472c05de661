/** The report of a picture that was run in tiles: plain data, and its line for a terminal. */

/** Along one axis of the picture, in positions of the model's largest input. */
export interface TilesAxisReport {
  readonly name: string;
  /** The picture's size. */
  readonly size: number;
  /** Positions that a window contributes to the result. */
  readonly tile: number;
  /** Size of a window. */
  readonly window: number;
  /** Positions that a window reads around its tile. */
  readonly halo: { readonly before: number; readonly after: number };
  /** The network's total stride. Tiles begin at multiples of it. */
  readonly stride: number;
  /** Positions that one position of a result depends on; null if an operator sees the whole axis. */
  readonly receptiveField: number | null;
  /** Number of windows. */
  readonly count: number;
}

export interface TilesReport {
  readonly axes: readonly TilesAxisReport[];
  readonly count: number;
  /** The least overlap of windows; null if tiles are exact. */
  readonly blend: number | null;
  /** Whether the results equal the whole picture's bit for bit, except for rounding, or approximately. */
  readonly result: 'same bits' | 'rounding' | 'approximate';
}

/** `512×512 in windows of 592×592: halo 40 (receptive field 81×81), stride 16; 81 tiles, equal to the whole but for rounding` */
export function describeTiles({ axes, count, blend, result }: TilesReport): string {
  const times = (numberOf: (axis: TilesAxisReport) => number | string) => axes.map(numberOf).join('×');
  const alike = (texts: readonly string[]) => (new Set(texts).size === 1 ? texts[0]! : texts.join('×'));
  const tiles = `${count} ${count === 1 ? 'tile' : 'tiles'}`;
  if (blend !== null) {
    const field = axes.some(({ receptiveField }) => receptiveField === null) ? '' : ` (${fieldOf(axes)})`;
    return `${times(({ window }) => window)} that overlap by ${blend} and are blended${field}; ${tiles}, ${endings[result]}`;
  }
  const halo = alike(
    axes.map(({ halo: { before, after } }) => (before === after ? `${before}` : `${before} before and ${after} after`)),
  );
  const windows = `${times(({ tile }) => tile)} in windows of ${times(({ window }) => window)}`;
  const stride = alike(axes.map((axis) => String(axis.stride)));
  return `${windows}: halo ${halo} (${fieldOf(axes)}), stride ${stride}; ${tiles}, ${endings[result]}`;
}

function fieldOf(axes: readonly TilesAxisReport[]): string {
  return `receptive field ${axes.map(({ receptiveField }) => receptiveField).join('×')}`;
}

const endings: Readonly<Record<TilesReport['result'], string>> = {
  'same bits': 'the same bits as the whole picture',
  rounding: 'the same result as the whole picture but for rounding',
  approximate: 'close to the result of the whole picture, not equal',
};
