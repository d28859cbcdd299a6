// Lets the buttons of a page ask the browser for a passkey, and says on the page if it did not work.
const { addForm, authenticateForm, loginForm } = window.allauth.webauthn.forms;
const credential = "id_credential";
const data = "js_data";
const buttons = {
  passkey_login: () => loginForm({ ids: { login: "passkey_login", credential: "mfa_credential" } }),
  mfa_webauthn_add: () =>
    addForm({ ids: { add: "mfa_webauthn_add", passwordless: "id_passwordless", credential, data } }),
  mfa_webauthn_authenticate: () =>
    authenticateForm({ ids: { authenticate: "mfa_webauthn_authenticate", credential, data } }),
  mfa_webauthn_reauthenticate: () =>
    authenticateForm({ ids: { authenticate: "mfa_webauthn_reauthenticate", credential, data } }),
};
for (const [id, listen] of Object.entries(buttons)) if (document.getElementById(id)) listen();

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.getElementById("passkey-failed");
  said.hidden = false;
  said.focus();
});
