// The week board with a keyboard and with a course to place. Every link works without it.
const board = document.getElementById("board");
const links = board ? [...board.querySelectorAll(".app-lane a")] : [];

// Arrow keys move to the nearest link on that side; the lane one is in comes before other lanes.
const SIDES = {
  ArrowLeft: (from, to) => [from.left - to.right, to, from],
  ArrowRight: (from, to) => [to.left - from.right, to, from],
  ArrowUp: (from, to) => [from.top - to.bottom, to, from],
  ArrowDown: (from, to) => [to.top - from.bottom, to, from],
};

function distance(key, from, to) {
  const [along] = SIDES[key](from, to);
  if (along < -2) return Infinity;
  const sideways = key == "ArrowLeft" || key == "ArrowRight";
  const across = sideways
    ? Math.max(0, to.top - from.bottom, from.top - to.bottom) + (Math.abs(to.top - from.top) > 2 ? 2000 : 0)
    : Math.max(0, to.left - from.right, from.left - to.right) * 4 + Math.abs(to.left - from.left) / 100;
  return Math.max(0, along) + across;
}

board?.addEventListener("keydown", (event) => {
  const here = event.target.closest(".app-lane a");
  if (!here || !(event.key in SIDES) || event.altKey || event.ctrlKey || event.metaKey) return;
  const from = here.getBoundingClientRect();
  let nearest = null, shortest = Infinity;
  for (const link of links) {
    if (link == here) continue;
    const box = link.getBoundingClientRect();
    const far = box.width ? distance(event.key, from, box) : Infinity;
    if (far < shortest) [nearest, shortest] = [link, far];
  }
  if (!nearest) return;
  event.preventDefault();
  nearest.focus();
});

// All days of a pair light up together.
function light(link, on) {
  for (const name of link.dataset.pair.split(" ")) document.getElementById(name)?.classList.toggle("is-paired", on);
}

for (const link of links.filter((link) => link.dataset.pair)) {
  for (const name of ["focus", "mouseenter"]) link.addEventListener(name, () => light(link, true));
  for (const name of ["blur", "mouseleave"]) link.addEventListener(name, () => light(link, false));
}

// A visit that is to come goes to another chair of its day: dragged there, or by `s`, which lists the chairs.
// Both lead to the page that checks it. An item's id says its day and chair: `s1208-4-540`.
function open(address, item, to) {
  location.assign(address.replace("/0/", `/${item.dataset.visit}/`) + (to ? `?to=${to}` : ""));
}

board?.addEventListener("keydown", (event) => {
  const item = event.target.closest("li[data-visit]");
  const isOn = document.querySelector("[data-shortcut]");
  if (!item || !isOn || event.key != "s" || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open(board.dataset.choose, item);
});

let dragged = null;

function target(event) {
  const item = event.target.closest(".app-lane li");
  if (!dragged || !item) return null;
  const [day, chair] = item.id.split("-"), [from, now] = dragged.id.split("-");
  if (day != from || chair == now) return null;
  if (item.dataset.visit) return { item, to: `with-${item.dataset.visit}` };
  return item.matches(".is-free, .is-gap") ? { item, to: `chair-${chair}` } : null;
}

function mark(item) {
  for (const marked of board.querySelectorAll(".is-target")) marked.classList.remove("is-target");
  item?.classList.add("is-target");
}

board?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("li[data-visit]");
});
board?.addEventListener("dragover", (event) => {
  const found = target(event);
  mark(found?.item);
  if (found) event.preventDefault();
});
board?.addEventListener("drop", (event) => {
  const found = target(event);
  if (!found) return;
  event.preventDefault();
  open(board.dataset.check, dragged, found.to);
});
board?.addEventListener("dragend", () => {
  mark(null);
  dragged = null;
});
