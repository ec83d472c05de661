/** Kinds of processors that plans are made for, by what decides between algorithms. */

/**
 * Named after the second-level cache of a core, which decides most: `large-cache` has a MiB and more, `small-cache` less.
 * bench/README.md says which processors were measured for each.
 */
export const processorClasses = ['large-cache', 'small-cache'] as const;

export type ProcessorClass = (typeof processorClasses)[number];

/** Whatever a machine is, where plans have to be equal on all: in `strict`, and in what is planned without an engine. */
export const usualProcessor: ProcessorClass = 'large-cache';
