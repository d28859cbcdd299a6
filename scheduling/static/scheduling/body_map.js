// A press on the picture of the body ticks the box of the place. Without this script its label does so too, and
// the page jumps down to the box; with it the picture stays where it is.
document.addEventListener("click", (event) => {
  const label = event.target.closest(".app-body-map__label");
  if (!label) return;
  event.preventDefault();
  document.getElementById(label.getAttribute("for")).click();
});
