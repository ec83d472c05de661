/** Plans in JSON documents. */
import { exactJson } from '../wasm/exact-json.js';
import type { ExecutionPlan } from './execution-plan.js';

/** The plan as JSON can hold it: the numbers that JSON does not have are the strings NaN, Infinity, -Infinity and -0. */
export function jsonPlan(plan: ExecutionPlan): object {
  return JSON.parse(exactJson(plan)) as object;
}
