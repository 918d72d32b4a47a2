// Copy buttons: each names the element whose text it copies, or the address of a text. They are hidden until this runs.

const SAID_MS = 1500;

async function copy(button, source) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = 'Copied';
  } catch {
    // No clipboard without https: select the text, so that one key press copies it.
    getSelection()?.selectAllChildren(source);
    button.textContent = 'Press Ctrl+C';
  }
  setTimeout(() => {
    button.textContent = label;
  }, SAID_MS);
}

for (const button of document.querySelectorAll('[data-copy]')) {
  const source = document.querySelector(`#${button.dataset.copy}`);
  if (source === null) continue;
  button.hidden = false;
  button.addEventListener('click', () => {
    void copy(button, source);
  });
}

/** Where the clipboard refuses, the text itself is shown: it can be copied there. */
async function copyFrom(button, address) {
  try {
    const answer = await fetch(address);
    await navigator.clipboard.writeText(await answer.text());
  } catch {
    location.assign(address);
    return;
  }
  const label = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = label;
  }, SAID_MS);
}

for (const button of document.querySelectorAll('[data-copy-from]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    void copyFrom(button, button.dataset.copyFrom);
  });
}
