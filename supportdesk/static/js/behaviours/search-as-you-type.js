// <input data-behaviour="search-as-you-type" data-url="/residents/found" data-target="found" name="q">
// Asks for a partial page while somebody types, also while the input method has not converted yet: clerks read the list
// before they convert. An element of the answer with `data-announce="4人"` is read out; `data-lost` of the input is said
// when there was no answer. Without script the form is sent.
import { start as startInside } from "../start.js";

const PAUSE = 150; // ms

export function start(input) {
  const target = document.getElementById(input.dataset.target);
  const live = document.createElement("p");
  live.setAttribute("role", "status");
  say("");
  target.before(live);
  // What the server showed the list for: letters typed before this script ran are asked for at once.
  let timer, under, asked = input.defaultValue;

  // Read out; what could not be had is seen as well, since no list looks like "there is nobody".
  function say(words, lost = false) {
    live.className = lost ? "note note-stop" : "visually-hidden";
    live.textContent = words;
  }

  async function ask() {
    if (input.value === asked) return;
    asked = input.value;
    under?.abort();
    under = new AbortController();
    const { signal } = under;
    const url = new URL(input.dataset.url, location.href);
    url.searchParams.set(input.name, asked);
    target.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { signal, headers: { "X-Partial": "1" }, credentials: "same-origin" });
      // A redirect leads to the sign-in page, which has no business inside this one: keep the list as it is.
      if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
      const html = await answer.text();
      if (signal.aborted) return;
      target.innerHTML = html;
      say(target.querySelector("[data-announce]")?.dataset.announce ?? "");
      startInside(target);
      target.dispatchEvent(new CustomEvent("found", { bubbles: true }));
    } catch (error) {
      if (signal.aborted) return;
      asked = null; // the next key asks again
      say(input.dataset.lost, true);
    } finally {
      if (!signal.aborted) target.removeAttribute("aria-busy");
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  ask();
}
