/** Marks on the timeline of a browser's tools, as onnxruntime-common sets them; nothing without `env.trace`. */
import { env } from './env.js';

function isTraced(): boolean {
  return (env.trace ?? env.wasm.trace) === true;
}

/** As the console of Chromium and of Node has it. */
function mark(label: string): void {
  (console as { timeStamp?: (label: string) => void }).timeStamp?.(label);
}

export function TRACE(deviceType: string, label: string): void {
  if (isTraced()) mark(`${deviceType}::ORT::${label}`);
}

export function TRACE_FUNC_BEGIN(extraMsg?: string): void {
  TRACE('CPU', `FUNC_BEGIN${extraMsg === undefined ? '' : `::${extraMsg}`}`);
}

export function TRACE_FUNC_END(extraMsg?: string): void {
  TRACE('CPU', `FUNC_END${extraMsg === undefined ? '' : `::${extraMsg}`}`);
}

export function TRACE_EVENT_BEGIN(extraMsg?: string): void {
  if (isTraced()) console.time(`ORT::${extraMsg}`);
}

export function TRACE_EVENT_END(extraMsg?: string): void {
  if (isTraced()) console.timeEnd(`ORT::${extraMsg}`);
}
