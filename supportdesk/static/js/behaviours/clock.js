// Shows the hour and minute of the town (not of the computer's settings) and wakes once a minute.
const shown = new Intl.DateTimeFormat("ja-JP", {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Tokyo",
});

export function start(element) {
  const tick = () => {
    element.textContent = shown.format(new Date());
    element.hidden = false;
    setTimeout(tick, 60_000 - (Date.now() % 60_000));
  };
  tick();
}
