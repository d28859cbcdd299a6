// What is wrong with a page beyond axe's rules, as sentences. axe must have been loaded: it knows the names.
() => {
  const found = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const tidy = (text) => text.replace(/\s+/g, " ").trim().toLowerCase();
  const short = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 160);

  // Page

  const sideways = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (sideways) found.push(`scrolls sideways by ${sideways} px`);
  const headings = all("h1").length;
  if (headings != 1) found.push(`has ${headings} main headings`);

  // On a phone a cell is a row of boxes: words in several pieces are torn apart. Links to other pages stand apart.

  for (const cell of all(".nhsuk-table--responsive :is(td, th)")) {
    if (getComputedStyle(cell).display != "flex") continue;
    const pieces = [...cell.childNodes].filter((piece) =>
      piece.nodeType == Node.TEXT_NODE ? piece.data.trim()
        : piece.nodeType == Node.ELEMENT_NODE && getComputedStyle(piece).position != "absolute"
          && !piece.matches("br, .nhsuk-table__heading"));
    if (pieces.length > 1) found.push(`cell in ${pieces.length} pieces: ${short(cell)}`);
  }
  for (const link of all(".nhsuk-action-link + .nhsuk-action-link")) {
    const [before, box] = [link.previousElementSibling.getBoundingClientRect(), link.getBoundingClientRect()];
    if (before.top == box.top && box.left - before.right < 16) found.push(`too near the link before: ${short(link)}`);
  }

  // Targets: at least 24 by 24 px (WCAG 2.5.8), but for links in a sentence. A radio's or checkbox's target is
  // its label too.

  const inSentence = (control) => {
    const line = control.closest("p, li, dd, td, .nhsuk-hint, .nhsuk-error-message");
    if (!line || getComputedStyle(control).display != "inline") return false;
    const others = [...line.querySelectorAll("a, button")].map((other) => other.textContent).join(" ");
    return tidy(line.innerText).length > tidy(others).length + 3;
  };
  for (const control of all("a, button, input, select, textarea, summary")) {
    if (!shown(control) || control.type == "hidden" || control.matches(".nhsuk-skip-link")) continue;
    const box = control.getBoundingClientRect();
    if ((box.width < 24 || box.height < 24) && !inSentence(control))
      found.push(`${box.width.toFixed()} by ${box.height.toFixed()} px: ${short(control)}`);
  }

  // Names

  axe.setup(document);
  const named = all("a[href], button, summary").filter(shown).map((control) =>
    [control, tidy(axe.commons.text.accessibleText(control))]);
  axe.teardown();
  const texts = (element) => {
    const words = [];
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const parent = walk.currentNode.parentElement;
      if (shown(parent) && !parent.closest(".nhsuk-u-visually-hidden")) words.push(walk.currentNode.data);
    }
    return tidy(words.join(""));
  };
  const leads = new Map();
  for (const [control, name] of named) {
    if (!name.includes(texts(control))) found.push(`named “${name}”: ${short(control)}`);
    if (!control.href) continue;
    if (leads.has(name) && leads.get(name) != control.href) found.push(`two links “${name}”: ${short(control)}`);
    leads.set(name, control.href);
  }

  // Code

  for (const element of all("*")) {
    const attributes = [...element.attributes].some(({ name }) => name == "style" || name.startsWith("on"));
    if (attributes || element.matches("script:not([src]), style")) found.push(`code in the page: ${short(element)}`);
  }
  return found;
}
