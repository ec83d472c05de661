/** Elements at most of an input that is compiled for by them: no tensor has more axes, so a longer input is data. */
export const mostSizes = 16;
