// <div data-behaviour="refresh" data-url="/…/progress">
// While what stands inside has an element with `data-again`, the address is asked every few seconds and its answer
// replaces it, only where the words differ. What changed is read out from `data-announce`. Nothing else on the page
// moves, and nothing is asked while the page lies in the background. Without script a link does the same.
const PAUSE = 4000;

export function start(part) {
  const live = document.createElement("p");
  live.className = "visually-hidden";
  live.setAttribute("role", "status");
  part.after(live);
  const said = () => part.querySelector("[data-announce]")?.dataset.announce ?? "";

  async function ask() {
    if (document.hidden) return wait();
    try {
      const answer = await fetch(part.dataset.url, { credentials: "same-origin", headers: { "X-Partial": "1" } });
      // A redirect leads to the sign-in page: what stands there stays.
      if (!answer.ok || answer.redirected) return;
      const before = said();
      part.innerHTML = await answer.text();
      if (said() !== before) live.textContent = said();
      wait();
    } catch {
      wait(); // no connection for a moment
    }
  }
  function wait() {
    if (part.querySelector("[data-again]")) setTimeout(ask, PAUSE);
  }
  wait();
}
