// Starts what `data-behaviour` names, each element once. Behaviours that insert content call start() on it, and import
// it from here: app.js may be loaded under an address with a version, and would then run a second time.
const started = new WeakMap();

export function start(root) {
  const inside = [...root.querySelectorAll("[data-behaviour]")];
  for (const element of root.dataset?.behaviour ? [root, ...inside] : inside) {
    const done = started.get(element) ?? new Set();
    started.set(element, done);
    for (const name of element.dataset.behaviour.split(/\s+/)) {
      if (done.has(name) || !/^[a-z]+(-[a-z]+)*$/.test(name)) continue;
      done.add(name);
      import(`./behaviours/${name}.js`)
        .then((module) => module.start(element))
        .catch((error) => console.error(`behaviour ${name} did not start`, error));
    }
  }
}
