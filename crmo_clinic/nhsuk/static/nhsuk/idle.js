// Warns two minutes before a sign-in ends for want of use, and leaves nothing on the screen when it does.
// What was typed is kept by the server, which asks to sign in and brings it back. Without this script the server
// does the same when the form is sent.
const WARNING = 120;
const SPARE = 5;
const place = document.getElementById("idle");
const [timeLeft, stay, end] = ["time-left", "stay", "end-now"].map((name) => `/accounts/${name}/`);
let typedIn = null;
let timer = null;

document.addEventListener("input", ({ target }) => {
  if (target.form?.method === "post") typedIn = target.form;
});

async function ask(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  // Signed out in another tab: the page asks to sign in.
  if (response.redirected || !response.ok) return location.reload();
  return (await response.json()).seconds;
}

function wait(seconds, next) {
  clearTimeout(timer);
  // A browser takes no time of more than three weeks, and asking once an hour costs nothing.
  timer = setTimeout(next, Math.min(Math.max(seconds, 0), 3600) * 1000);
}

// Another tab may have been used meanwhile, so the server is asked each time.
async function look() {
  const left = await ask(timeLeft);
  if (left === undefined) return;
  if (left > WARNING) return wait(left - WARNING, look);
  warn();
  wait(left - SPARE, leave);
}

const dialog = document.createElement("dialog");
dialog.className = "app-idle";
dialog.setAttribute("role", "alertdialog");
dialog.setAttribute("aria-labelledby", "idle-title");
dialog.setAttribute("aria-describedby", "idle-words");
dialog.innerHTML = `
  <h2 class="nhsuk-heading-m" id="idle-title">Are you still there?</h2>
  <p id="idle-words">You will be signed out in 2 minutes. What you were typing is kept, and comes back when you sign
    in.</p>
  <button class="nhsuk-button" data-stay type="button">Stay signed in</button>`;
document.body.append(dialog);
dialog.querySelector("[data-stay]").addEventListener("click", async () => {
  const left = await ask(stay);
  if (left === undefined) return;
  dialog.close();
  wait(left - WARNING, look);
});
// Escape is no answer to the question: it stays until the button is pressed.
dialog.addEventListener("cancel", (event) => event.preventDefault());

function warn() {
  if (!dialog.open) dialog.showModal();
}

async function leave() {
  const left = await ask(timeLeft);
  if (left === undefined) return;
  if (left > WARNING) {
    dialog.close();
    return wait(left - WARNING, look);
  }
  const form = new FormData(typedIn ?? document.querySelector(".nhsuk-header__account-form"));
  const action = typedIn?.getAttribute("action");
  form.set("kept-address", action ? new URL(action, location.href).pathname : location.pathname + location.search);
  for (const [name, value] of [...form]) if (value instanceof File) form.delete(name);
  const response = await fetch(end, { method: "POST", body: form });
  if (response.redirected || !response.ok) return location.reload();
  location.assign((await response.json()).address);
}

wait(Number(place.dataset.seconds) - WARNING, look);
