// After a refused form the reader starts at the first thing that says why; its links lead to the fields.
export function start(summary) {
  if (document.querySelector('[data-behaviour~="error-focus"]') !== summary) return;
  summary.querySelector("[tabindex]")?.focus();
}
