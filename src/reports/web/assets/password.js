// A button beside each password field that shows what was typed. Without this script there is none.

for (const input of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement('button');
  const label = input.labels?.[0]?.textContent ?? 'password';
  button.type = 'button';
  button.className = 'plain';
  button.setAttribute('aria-controls', input.id);
  const tell = () => {
    const shown = input.type === 'text';
    button.textContent = shown ? 'Hide' : 'Show';
    button.setAttribute('aria-label', `${shown ? 'Hide' : 'Show'}: ${label}`);
  };
  button.addEventListener('click', () => {
    input.type = input.type === 'text' ? 'password' : 'text';
    tell();
  });
  // What is sent or left lying open is hidden again.
  input.form?.addEventListener('submit', () => {
    input.type = 'password';
    tell();
  });
  tell();
  const row = document.createElement('div');
  row.className = 'secret';
  input.replaceWith(row);
  row.append(input, button);
}
