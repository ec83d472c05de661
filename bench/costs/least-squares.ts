/** The least sum of squares near a start, by Levenberg and Marquardt's method (Marquardt, 1963), with derivatives from differences. */

const difference = 1e-3;
const mostSteps = 60;
/** The largest step of a parameter. */
const longest = 0.4;

export function leastSquares(start: readonly number[], residualsAt: (at: readonly number[]) => number[]): number[] {
  let at = [...start];
  let residuals = residualsAt(at);
  let damping = 1e-2;
  for (let step = 0; step < mostSteps; step++) {
    const columns = at.map((_, place) => {
      const moved = residualsAt(at.map((value, i) => (i === place ? value + difference : value)));
      return moved.map((value, i) => (value - residuals[i]!) / difference);
    });
    const products = columns.map((a) => columns.map((b) => dot(a, b)));
    const slope = columns.map((column) => -dot(column, residuals));
    const before = dot(residuals, residuals);
    let after = before;
    for (let attempt = 0; attempt < 8 && after >= before; attempt++) {
      const damped = products.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) + 1e-9 : value)));
      const move = solve(damped, slope).map((value) => Math.max(-longest, Math.min(longest, value)));
      const next = at.map((value, i) => value + move[i]!);
      const nextResiduals = residualsAt(next);
      after = dot(nextResiduals, nextResiduals);
      if (after < before) [at, residuals, damping] = [next, nextResiduals, damping / 3];
      else damping *= 4;
    }
    if (before - after < 1e-5 * before) break;
  }
  return at;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Gauss's elimination, for a positive definite matrix. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (const [i, pivot] of rows.entries()) {
    for (const row of rows.slice(i + 1)) {
      const factor = row[i]! / pivot[i]!;
      for (let j = i; j < row.length; j++) row[j]! -= factor * pivot[j]!;
    }
  }
  const solution: number[] = [];
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i]!;
    const known = solution.reduce((sum, value, k) => sum + value * row[i + 1 + k]!, 0);
    solution.unshift((row.at(-1)! - known) / row[i]!);
  }
  return solution;
}
