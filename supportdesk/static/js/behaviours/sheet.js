// <div data-behaviour="sheet" data-saving="…" data-failed="…"> around forms with `data-tap`. A tap shows at once, is sent
// in the order of the taps, and says when the office has it; what did not arrive goes back to what the office knows.
const pressed = (button) => button.getAttribute("aria-pressed") === "true";

function show(form, word) {
  for (const button of form.querySelectorAll("button[data-word]")) {
    const on = button.dataset.word === word;
    button.setAttribute("aria-pressed", String(on));
    button.value = on ? "" : button.dataset.word;
  }
}

export function start(sheet) {
  const last = new Map(); // form → the newest of its taps that is under way
  const known = new Map(); // form → what the office has

  function attend(person, word) {
    person.dataset.attendance = word;
    for (const part of person.querySelectorAll("[data-if-came]")) part.hidden = word !== "came";
    const people = [...sheet.querySelectorAll("[data-attendance]")];
    const came = people.filter((it) => it.dataset.attendance === "came");
    const counts = {
      came: came.length,
      unmarked: people.filter((it) => !it.dataset.attendance && !("walkIn" in it.dataset)).length,
      "walk-ins": came.filter((it) => "walkIn" in it.dataset).length,
    };
    for (const place of sheet.querySelectorAll("[data-count]")) place.textContent = counts[place.dataset.count];
  }

  function draw(form, word) {
    show(form, word);
    if (form.querySelector("button[name=attendance]")) attend(form.closest("[data-attendance]"), word);
  }

  function learn(person, record) {
    for (const key of person.querySelectorAll("input[name=key]")) key.value = record.key;
    for (const form of person.querySelectorAll("form[data-tap]")) {
      const word = record[form.querySelector("button[data-word]").name] ?? "";
      known.set(form, word);
      if (!last.has(form)) draw(form, word);
    }
    person.querySelector("a[data-word]")?.classList.toggle("tap-chosen", record.how_it_went === "referred");
  }

  async function send(form, body) {
    const person = form.closest("[data-attendance]");
    const said = person.querySelector(".said");
    let words = sheet.dataset.failed;
    let record;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      // Anything else is the sign-in page or an error page, which say nothing about this record.
      if (!answer.redirected && answer.headers.get("Content-Type")?.startsWith("application/json")) {
        const told = await answer.json();
        words = told.said;
        record = told.records?.[0];
      }
    } catch {
      // no network: the words for it stand already
    }
    const newest = last.get(form) === body;
    if (newest) last.delete(form);
    if (record) learn(person, record);
    else if (newest) draw(form, known.get(form));
    said.classList.toggle("said-failed", !record);
    said.textContent = words;
  }

  let queue = Promise.resolve();
  sheet.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!("tap" in form.dataset) || !button) return;
    event.preventDefault();
    if (!known.has(form)) known.set(form, form.querySelector("[aria-pressed=true]")?.dataset.word ?? "");
    const word = pressed(button) ? "" : button.dataset.word;
    const body = new URLSearchParams(new FormData(form));
    body.set(button.name, word);
    draw(form, word);
    form.closest("[data-attendance]").querySelector(".said").textContent = sheet.dataset.saving;
    last.set(form, body);
    queue = queue.then(() => send(form, body));
  });
}
