// Says on the page that a passkey did not work; the scripts beside it would only tell the browser's console.
const said = document.getElementById("passkey-failed");

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  said.hidden = false;
  said.focus();
});
