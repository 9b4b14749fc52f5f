// <form data-behaviour="live-preview" data-url="/…/preview" data-target="preview">
// While somebody types, the form as it stands is sent to `data-url` by POST and the part that comes back replaces the
// target: the server alone counts and judges, so that what is shown is what saving will say. An element of the answer
// with `data-announce` is read out when its words change. Without script a button of the form does the same.
import { start as startInside } from "../start.js";

const PAUSE = 250; // ms after the last letter

export function start(form) {
  const target = document.getElementById(form.dataset.target);
  const live = document.createElement("p");
  live.className = "visually-hidden";
  live.setAttribute("role", "status");
  target.after(live);
  let timer, under;

  async function ask() {
    under?.abort();
    under = new AbortController();
    const { signal } = under;
    target.setAttribute("aria-busy", "true");
    try {
      const body = new FormData(form);
      const answer = await fetch(form.dataset.url, { method: "POST", body, signal, credentials: "same-origin", headers: { "X-Partial": "1" } });
      // A redirect leads to the sign-in page: what stands there stays, and saving will say what is wrong.
      if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
      const html = await answer.text();
      if (signal.aborted) return;
      target.innerHTML = html;
      startInside(target);
      const said = target.querySelector("[data-announce]")?.dataset.announce ?? "";
      if (live.textContent !== said) live.textContent = said;
      target.removeAttribute("aria-busy");
    } catch (error) {
      if (!signal.aborted) target.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  // Letters typed before this script ran are judged at once.
  const typed = (field) => field.defaultValue !== undefined && field.value !== field.defaultValue;
  if ([...form.elements].some(typed)) ask();
}
