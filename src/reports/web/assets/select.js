// Selecting rows of a list: a box for all of the page, Shift for a run of rows, and how many are selected. Without this, boxes are just boxes.

for (const form of document.querySelectorAll('form[data-bulk]')) {
  const boxes = [...form.querySelectorAll('tbody input[type=checkbox]')];
  const everything = form.querySelector('input[name=all]');
  const picked = form.querySelector('[data-picked]');
  const words = picked?.textContent ?? '';
  const ofPage = pageBox(form);
  let last = null;

  const tell = () => {
    const number = boxes.filter((box) => box.checked).length;
    if (picked) picked.textContent = number === 0 ? words : `${number} selected:`;
    if (ofPage) {
      ofPage.checked = number === boxes.length && number > 0;
      ofPage.indeterminate = number > 0 && number < boxes.length;
    }
  };

  form.addEventListener('click', (event) => {
    const at = boxes.indexOf(event.target);
    if (at === -1) return;
    if (event.shiftKey && last !== null) {
      for (const box of boxes.slice(Math.min(at, last), Math.max(at, last) + 1))
        box.checked = event.target.checked;
    }
    last = at;
  });
  form.addEventListener('change', (event) => {
    // Other fields of the form (the version of a fix, an assignee) select nothing.
    if (![...boxes, ofPage, everything].includes(event.target)) return;
    if (event.target === ofPage || event.target === everything) {
      for (const box of boxes) box.checked = event.target.checked;
    }
    // All that match are more than those that are seen: taking one away means those that are left.
    if (everything && event.target !== everything) everything.checked = false;
    tell();
  });
  tell();
}

/** A box in the heading of the first column. */
function pageBox(form) {
  const heading = form.querySelector('thead th');
  if (!heading) return null;
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.className = 'page-box';
  const label = document.createElement('label');
  const words = document.createElement('span');
  words.className = 'unseen';
  words.textContent = 'Select all of this page';
  label.append(box, words);
  heading.prepend(label);
  return box;
}
