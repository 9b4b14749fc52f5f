// Leaving a page with something typed and not sent (the language switch, the menu, a wrong key) asks first, in the
// browser's own words. What was refused stands in the form again as if it came from the server, and counts too.
import { release } from "./submit-once.js";

const TYPED = "form[method=post]:not(:has([type=password])) "
  + ":is(textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file]))";

export function keepTyped(root) {
  let sent;
  const unsent = (field) => field.form !== sent && field.checkVisibility()
    && (field.value !== field.defaultValue || (field.type === "textarea" && field.value && root.querySelector(".errors")));

  root.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sent = event.target;
  });
  window.addEventListener("pageshow", () => { sent = undefined; });
  window.addEventListener("beforeunload", (event) => {
    if (![...root.querySelectorAll(TYPED)].some(unsent)) return;
    event.preventDefault();
    release(); // who stays may press the same button again
  });
}
