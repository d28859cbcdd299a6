// What is wrong with the page of a form that was refused, as sentences.
() => {
  const found = [];
  const tidy = (text) => text.replace(/\s+/g, " ").trim();
  const summary = document.querySelector(".nhsuk-error-summary");
  if (!summary) return ["there is no error summary"];
  if (!document.title.startsWith("Error: ")) found.push(`titled “${document.title}”`);
  if (document.activeElement != summary) found.push("the summary has not the focus");
  const order = [...document.querySelectorAll(".nhsuk-back-link, .nhsuk-error-summary:not([hidden]), h1")];
  const kinds = order.map((element) => element.tagName).join(" ");
  if (!["A DIV H1", "DIV H1"].includes(kinds)) found.push(`in the order ${kinds}`);

  const items = [...summary.querySelectorAll("li")];
  const messages = [...document.querySelectorAll(".nhsuk-error-message")];
  if (!items.length) found.push("the summary is empty");
  for (const item of items) {
    const link = item.querySelector("a");
    const text = tidy(item.textContent);
    const control = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!control?.matches("input, select, textarea") || !control.checkVisibility()) {
      found.push(`“${text}” leads to no control`);
      continue;
    }
    link.click();
    if (document.activeElement != control) found.push(`“${text}” does not move the focus`);
    const described = [control, control.closest("fieldset")].filter(Boolean)
      .flatMap((element) => (element.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    const own = messages.filter((message) => described.includes(message.id));
    if (!own.some((message) => tidy(message.innerText).includes(text)))
      found.push(`“${text}” does not stand beside its control`);
    const choice = control.matches("[type=radio], [type=checkbox]") && control.closest("fieldset");
    if (!choice && control.getAttribute("aria-invalid") != "true") found.push(`“${text}” marks no control as wrong`);
  }
  for (const message of messages)
    if (!items.some((item) => tidy(message.innerText).includes(tidy(item.textContent))))
      found.push(`“${tidy(message.innerText)}” is not in the summary`);
  for (const element of document.querySelectorAll("[aria-describedby]"))
    for (const id of element.getAttribute("aria-describedby").split(" ").filter(Boolean))
      if (!document.getElementById(id)) found.push(`nothing has the id ${id}`);
  return found;
}
