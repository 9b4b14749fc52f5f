// The one script of every page. Pages work without it; it only makes them quicker to use.
import { start } from "./start.js";
import { guard } from "./behaviours/ime-guard.js";
import { keepTyped } from "./behaviours/keep-typed.js";
import { sendOnce } from "./behaviours/submit-once.js";

guard(document);
sendOnce(document);
keepTyped(document);
start(document);

export { start };
