// 受付 on one screen, hands on the keyboard: every step that the page can also take by itself, one after the other, is
// taken here by fetching the one part that changes. What a caller said travels in a body, never in an address.
import { composing } from "./ime-guard.js";
import { start as startInside } from "../start.js";

const PAUSE = 300; // ms after the last letter
const LOOK_AGAIN = 20_000; // ms: what other clerks hold and book in the meantime

export function start(desk) {
  const part = (selector) => desk.querySelector(selector);
  const box = part("#field-q"), found = part("#found"), person = part("[data-person]"), along = part("[data-along]");
  const call = part("#call"), text = part("#field-text"), topic = part("#field-topic"), district = part("#field-district");
  const lessons = part("[data-lessons]"), suggestion = part("[data-suggestion]"), companions = part("#field-companions");
  const newcomer = part("#newcomer"), newForm = part("[data-newcomer]"), adding = part("[data-adding]");
  const url = desk.dataset.url;
  let active = -1, enterWaits = false, holdEnds, typed, underWay;

  desk.classList.add("scripted");

  function say(words) {
    part("[data-say]").textContent = words;
    part("[data-say]").hidden = !words;
  }

  // Gives the part, or null after having said that it could not be had. Sent to the sign-in page counts as not had.
  async function ask(path, options = {}) {
    try {
      const answer = await fetch(url + path, { credentials: "same-origin", ...options, headers: { "X-Partial": "1" } });
      if (answer.redirected || (!answer.ok && answer.status !== 422)) throw new Error(`answer ${answer.status}`);
      say("");
      return { status: answer.status, html: await answer.text() };
    } catch (error) {
      if (error.name !== "AbortError") say(desk.dataset.lost);
      return null;
    }
  }

  // ---- who

  const people = () => [...found.querySelectorAll("[data-take]")];
  const isFresh = () => found.querySelector("[data-q]")?.dataset.q === box.value;

  function mark(index) {
    active = index;
    people().forEach((each, place) => each.setAttribute("aria-selected", String(place === index)));
    const chosen = people()[index];
    if (chosen) box.setAttribute("aria-activedescendant", chosen.id);
    else box.removeAttribute("aria-activedescendant");
  }

  // Without script the list is links; with it, the choices of the search box.
  function dress() {
    const list = found.querySelector("#found-list");
    list?.setAttribute("role", "listbox");
    people().forEach((each, place) => {
      each.parentElement.setAttribute("role", "none");
      each.setAttribute("role", "option");
      each.id = `found-${place}`;
      each.tabIndex = -1;
    });
    box.setAttribute("aria-expanded", String(Boolean(list)));
    if (list) box.setAttribute("aria-controls", list.id);
    else box.removeAttribute("aria-controls");
    mark(people().length ? 0 : -1);
  }

  function enter() {
    enterWaits = !isFresh();
    if (enterWaits || !box.value.trim()) return;
    if (people()[active]) take(people()[active].dataset.take);
    else openNewcomer();
  }

  found.addEventListener("found", () => {
    dress();
    // Enter came before the list did: only somebody who stands alone in it is meant for certain.
    if (enterWaits && isFresh() && people().length < 2) enter();
    enterWaits = false;
  });

  async function take(id, comesAlong = !adding.hidden) {
    if (desk.querySelector(`input[name=resident][value="${CSS.escape(id)}"]`)) return comesAlong ? undefined : text.focus();
    const isFirst = !person.querySelector("input[name=resident]");
    const answer = await ask(`/people/${id}${comesAlong && !isFirst ? "?as=companion" : ""}`);
    if (!answer) return;
    adding.hidden = true;
    if (comesAlong && !isFirst) {
      along.insertAdjacentHTML("beforeend", answer.html);
    } else {
      along.replaceChildren();
      show(answer.html);
    }
    text.focus();
    await refresh(chosen() ? "/hold" : "/lessons");
  }

  function show(html) {
    person.innerHTML = html;
    startInside(person);
    newcomer.open = false;
    const code = person.querySelector("[data-district]")?.dataset.district;
    if (code) district.value = code;
    people().forEach((each) => each.classList.remove("taken"));
    const id = person.querySelector("input[name=resident]").value;
    found.querySelector(`[data-take="${id}"]`)?.classList.add("taken");
  }

  function openNewcomer() {
    newcomer.open = true;
    const kana = newForm.querySelector("#new-kana");
    if (!kana.value && /^[\p{sc=Hiragana}\p{sc=Katakana}ー\s]+$/u.test(box.value)) kana.value = box.value;
    kana.focus();
  }

  newForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (underWay) return;
    underWay = true;
    const body = new FormData(event.target, event.submitter);
    const answer = await ask("/people", { method: "POST", body });
    underWay = false;
    if (!answer) return;
    if (answer.status === 201) {
      show(answer.html);
      event.target.reset();
      newForm.querySelector("#new-operation").value = crypto.getRandomValues(new Uint32Array(4)).join("-");
      text.focus();
      await refresh(chosen() ? "/hold" : "/lessons");
    } else {
      newForm.innerHTML = answer.html;
      (newForm.querySelector("[data-alike]") ?? newForm.querySelector("[aria-invalid=true]") ?? newForm.querySelector("input:not([type=hidden])"))?.focus();
    }
  });

  // ---- the trouble

  async function suggest() {
    const body = new FormData(call);
    const answer = text.value.trim() ? await ask("/topic", { method: "POST", body }) : { html: "" };
    if (answer) suggestion.innerHTML = answer.html;
    if (suggestion.querySelector("[data-code]")?.dataset.code === topic.value) suggestion.replaceChildren();
  }

  function adopt() {
    const code = suggestion.querySelector("[data-code]")?.dataset.code;
    if (!code || topic.value) return;
    topic.value = code;
    suggestion.replaceChildren();
    refresh("/lessons");
  }

  text.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(suggest, PAUSE);
  });

  // ---- the lessons

  const chosen = () => lessons.querySelector("[name=lesson]:checked");


  let asked;
  async function refresh(path) {
    asked?.abort();
    asked = new AbortController();
    const answer = await ask(path, { method: "POST", body: new FormData(call), signal: asked.signal });
    if (!answer) return;
    const focused = lessons.contains(document.activeElement) ? document.activeElement : null;
    const again = focused && (focused.name === "lesson" ? `[name=lesson][value="${focused.value}"]` : `#${focused.id}`);
    lessons.innerHTML = answer.html;
    if (again) (lessons.querySelector(again) ?? chosen())?.focus();
    watch();
  }

  function watch() {
    clearTimeout(holdEnds);
    // Beside the act that follows it, where it stays in sight.
    part("[data-line]").replaceChildren(...lessons.querySelectorAll(".read-back"));
    const left = lessons.querySelector("[data-seconds]")?.dataset.seconds;
    if (left) holdEnds = setTimeout(() => refresh("/lessons"), left * 1000);
  }

  function choose(radio) {
    if (!radio) return;
    radio.checked = true;
    radio.focus();
    refresh("/hold");
  }

  lessons.addEventListener("change", (event) => event.target.name === "lesson" && refresh("/hold"));
  for (const each of [topic, district]) each.addEventListener("change", () => refresh("/lessons"));
  companions.addEventListener("change", () => refresh(chosen() ? "/hold" : "/lessons"));
  setInterval(() => {
    const writing = lessons.contains(document.activeElement) && document.activeElement.name !== "lesson";
    if (!document.hidden && !writing) refresh("/lessons");
  }, LOOK_AGAIN);

  // ---- keys and clicks

  function next() {
    const same = part("[data-next-same]");
    if (text.value.trim()) return say(desk.dataset.unsaved);
    if (chosen()) {
      const address = new URL(url, location.href);
      address.searchParams.set("lesson", chosen().value);
      address.searchParams.set("channel", new FormData(call).get("channel"));
      location.assign(address);
    } else if (same) location.assign(same.href);
  }

  // One step back at a time; what was typed stays.
  function back() {
    if (newcomer.contains(document.activeElement) && newcomer.open) {
      newcomer.open = false;
      box.focus();
    } else if (!adding.hidden) {
      adding.hidden = true;
      text.focus();
    } else if (chosen()) {
      refresh("/release");
      text.focus();
    } else {
      box.focus();
      box.select();
    }
  }

  // In a select a digit means nothing (no choice begins with one), so that Tab, 1 is enough from the trouble.
  const isText = (element) => element.matches("textarea, input:not([type=radio], [type=checkbox])");

  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.defaultPrevented) return;
    const { key, target } = event;
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      call.requestSubmit(call.querySelector("[value=book]"));
    } else if (event.altKey && event.code === "KeyW") {
      event.preventDefault();
      call.requestSubmit(call.querySelector("[value=wait]"));
    } else if (event.altKey && event.code === "KeyN") {
      event.preventDefault();
      next();
    } else if (key === "Escape") {
      back();
    } else if (target === box && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      mark(Math.min(Math.max(active + (key === "ArrowDown" ? 1 : -1), 0), people().length - 1));
      people()[active]?.scrollIntoView({ block: "nearest" });
    } else if (target === box && key === "Enter") {
      event.preventDefault();
      enter();
    } else if (target === text && key === "Tab" && !event.shiftKey) {
      adopt();
    } else if (key === "Enter" && isText(target) && target.form === call && target !== text) {
      event.preventDefault(); // the browser would press the form's first button
    } else if (!isText(target) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (key === "/") {
        event.preventDefault();
        box.focus();
        box.select();
      } else if (/^[1-5]$/.test(key)) {
        choose(lessons.querySelectorAll("[name=lesson]")[key - 1]);
      }
    }
  });

  desk.addEventListener("click", (event) => {
    const link = event.target.closest("[data-take], [data-add]");
    if (link) {
      event.preventDefault();
      take(link.dataset.take ?? link.dataset.add, link.dataset.add ? true : undefined);
    } else if (event.target.closest("[data-add-along]")) {
      adding.hidden = false;
      box.focus();
      box.select();
    } else if (event.target.closest("[data-remove]")) {
      event.target.closest(".along").remove();
      refresh(chosen() ? "/hold" : "/lessons");
    } else if (event.target.closest("[data-next]")) next();
  });

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  dress();
  watch();
  if (person.querySelector("input[name=resident]") && !part(".errors")) text.focus();
}
