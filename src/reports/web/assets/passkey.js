// Buttons that ask the browser for a passkey (WebAuthn) and send their form with the answer.

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const textOf = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const named = (list) =>
  (list ?? []).map(({ id, type, transports }) => ({ type, transports, id: bytesOf(id) }));

async function make(options) {
  const { response, ...made } = await navigator.credentials
    .create({
      publicKey: {
        ...options,
        challenge: bytesOf(options.challenge),
        user: { ...options.user, id: bytesOf(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    })
    .then((one) => ({ response: one.response, id: one.id, type: one.type }));
  return {
    ...made,
    rawId: made.id,
    clientExtensionResults: {},
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject),
    },
  };
}

async function ask(options) {
  const one = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      allowCredentials: named(options.allowCredentials),
    },
  });
  return {
    id: one.id,
    rawId: one.id,
    type: one.type,
    clientExtensionResults: {},
    response: {
      clientDataJSON: textOf(one.response.clientDataJSON),
      authenticatorData: textOf(one.response.authenticatorData),
      signature: textOf(one.response.signature),
    },
  };
}

async function send(button, fault) {
  const { form } = button;
  fault.hidden = true;
  try {
    const options = JSON.parse(button.dataset.passkeyOptions);
    const answer = await (button.dataset.passkey === 'create' ? make(options) : ask(options));
    form.elements[button.dataset.passkeyField].value = JSON.stringify(answer);
    // Not requestSubmit: the fields for a password or code stay empty.
    form.submit();
  } catch {
    fault.textContent = 'The browser gave no passkey. Try again, or use another way.';
    fault.hidden = false;
  }
}

for (const button of document.querySelectorAll('[data-passkey]')) {
  if (globalThis.PublicKeyCredential === undefined) break;
  const fault = button.form.querySelector('[data-passkey-fault]');
  button.hidden = false;
  button.addEventListener('click', () => void send(button, fault));
}
