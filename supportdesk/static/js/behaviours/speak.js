// Reads the sentences of a call aloud where the browser has a Japanese voice, and marks the one that is spoken. It starts
// at the press of its button alone, never by itself.
export function start(list) {
  const voices = window.speechSynthesis;
  if (!voices) return;
  const { speakLabel, stopLabel } = list.dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-secondary";
  let reading = false;

  const show = () => {
    button.textContent = reading ? stopLabel : speakLabel;
  };
  const mark = (current) => {
    for (const sentence of list.children) sentence.toggleAttribute("aria-current", false);
    current.setAttribute("aria-current", "true");
  };
  const stop = () => {
    reading = false;
    voices.cancel();
    show();
  };
  const say = (sentence) => {
    if (!reading || !sentence) return stop();
    const words = new SpeechSynthesisUtterance(sentence.firstElementChild.textContent);
    words.lang = sentence.lang;
    words.rate = 0.85;
    words.addEventListener("end", () => say(sentence.nextElementSibling));
    words.addEventListener("error", stop);
    mark(sentence);
    voices.speak(words);
  };
  const offer = () => {
    if (button.isConnected || !voices.getVoices().some((voice) => voice.lang.startsWith("ja"))) return;
    show();
    list.after(button);
  };

  button.addEventListener("click", () => {
    if (reading) return stop();
    reading = true;
    show();
    say(list.querySelector("[aria-current]") ?? list.firstElementChild);
  });
  window.addEventListener("pagehide", () => voices.cancel());
  voices.addEventListener?.("voiceschanged", offer);
  offer();
}
