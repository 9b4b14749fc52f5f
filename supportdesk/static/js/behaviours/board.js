// Arrow keys between the cards of the board: up and down within a day, left and right to the days beside that have any.
// Tab goes through the same cards one after the other, so nothing depends on it.
const ALONG = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export function start(board) {
  const days = [...board.querySelectorAll(".board-day")]
    .map((day) => [...day.querySelectorAll(".board-link")])
    .filter((cards) => cards.length);
  board.addEventListener("keydown", (event) => {
    const step = ALONG[event.key];
    const column = days.findIndex((cards) => cards.includes(event.target));
    if (!step || column < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const place = days[column].indexOf(event.target) + step[1];
    const cards = days[column + step[0]];
    const next = cards?.[step[0] ? Math.min(place, cards.length - 1) : place];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
