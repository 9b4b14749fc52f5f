// After a refused form the reader starts at the summary, whose links lead to the fields.
export function start(summary) {
  summary.querySelector("[tabindex]")?.focus();
}
