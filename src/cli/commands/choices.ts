/** Words that options take, and what holds without an option: what the help says and what the commands do. */

export const checkFormats = ['pretty', 'json', 'sarif', 'junit', 'github', 'markdown'] as const;
export type CheckFormat = (typeof checkFormats)[number];

/** Where `check --write-baseline` writes if nothing else names a file. */
export const defaultBaseline = 'unstride-baseline.json';

export const diffFormats = ['pretty', 'json', 'markdown'] as const;

/** Where `run` writes results. */
export const defaultDirectory = 'unstride-out';

export const executors = ['compiled', 'reference', 'dilate-pad-convolve'] as const;

/** Pictures of `run --interpolate`. */
export const defaultSteps = 12;

/** Those that `completion` has scripts for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Those that `explain --framework` reads. */
export const frameworkNames = ['onnx', 'pytorch', 'keras', 'webnn'] as const;
