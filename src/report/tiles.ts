/** How a picture was run in tiles: plain data, and its line for a terminal. */

/** Along one axis of the picture, in positions of the model's largest input. */
export interface TilesAxisReport {
  readonly name: string;
  /** The picture's. */
  readonly size: number;
  /** What a window adds to the result. */
  readonly tile: number;
  /** What a window reads. */
  readonly window: number;
  /** What a window has to read around its tile. */
  readonly halo: { readonly before: number; readonly after: number };
  /** The network's total stride: where tiles may begin. */
  readonly stride: number;
  /** Positions that one position of a result is computed from; null where an operator sees the whole. */
  readonly receptiveField: number | null;
  /** Windows. */
  readonly count: number;
}

export interface TilesReport {
  readonly axes: readonly TilesAxisReport[];
  readonly count: number;
  /** Positions that windows at least share; null where tiles are exact. */
  readonly blend: number | null;
  /** Whether the results have the bits of the whole picture's, are them but for rounding, or come close. */
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
