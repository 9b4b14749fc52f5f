// A second click while the first is under way is ignored. The button is not `disabled`: its name and value would be left
// out of what is sent, and its focus lost. The server refuses doubles by itself; this only spares people the doubt.
const waiting = new Map();

export function release() {
  for (const [form, { button, words }] of waiting) {
    if (button) {
      button.removeAttribute("aria-disabled");
      button.replaceChildren(...words);
    }
    waiting.delete(form);
  }
}

export function sendOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (waiting.has(form)) return event.preventDefault();
    const button = event.submitter?.dataset.busy ? event.submitter : null;
    waiting.set(form, { button, words: button ? [...button.childNodes] : [] });
    if (button) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.busy;
    }
  });
  // Back from the next page: the browser may show this one as it was left.
  window.addEventListener("pageshow", release);
}
