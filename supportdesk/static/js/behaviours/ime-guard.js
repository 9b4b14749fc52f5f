// Enter that chooses a conversion must never submit. Chromium and Firefox say isComposing; Safari ends the composition
// first and then sends keydown with isComposing false, which only the key code 229 gives away.
export const composing = (event) => event.isComposing || event.keyCode === 229;

export function guard(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !composing(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
}
