// Starts the design system's components. Nothing depends on it: every page works without JavaScript.
import { initAll } from "../vendor/nhsuk-frontend-10.6.1/nhsuk-frontend.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
// And in what htmx swaps in.
document.addEventListener("htmx:load", ({ detail }) => {
  if (detail.elt !== document.body) initAll({ scope: detail.elt });
});
