// Keys: j and k walk the rows of the page's list, x selects the row, n and p follow the page's links to what comes next and before, / goes to the box that finds anything, ? shows the help, Escape leaves a field.
// Enter needs nothing: walking puts the focus on the link of the row.

const rowLinks = () =>
  [...document.querySelectorAll('[data-row]')].map((row) => row.querySelector('a.row, a')).filter(Boolean);

function walk(step) {
  const links = rowLinks();
  const here = links.findIndex((link) => link.closest('[data-row]').contains(document.activeElement));
  const next = here === -1 ? (step > 0 ? 0 : links.length - 1) : here + step;
  links[next]?.focus();
}

function selectRow() {
  const row = document.activeElement?.closest('[data-row]');
  const box = row?.querySelector('input[type=checkbox]');
  // A click, so that whoever counts what is selected hears of it.
  box?.click();
}

// A box that is ticked is not a field that text goes into: the keys go on working there.
function typing(target) {
  return (
    target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select') !== null
  );
}

// A menu is closed by what is done beside it, and by Escape, which gives the focus back to its button.
const openMenu = () => document.querySelector('details.seldom[open], details.menu[open]');

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.seldom[open], details.menu[open]'))
    if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  const help = document.querySelector('#keys');
  if (help?.open) return;
  const menu = event.key === 'Escape' ? openMenu() : null;
  if (menu !== null) {
    menu.open = false;
    menu.querySelector('summary').focus();
    return;
  }
  if (event.key === 'j') walk(1);
  else if (event.key === 'k') walk(-1);
  else if (event.key === 'x') selectRow();
  else if (event.key === 'n') document.querySelector('main a[rel=next]')?.click();
  else if (event.key === 'p') document.querySelector('main a[rel=prev]')?.click();
  else if (event.key === '/') document.querySelector('#find')?.focus();
  else if (event.key === '?') help?.showModal();
  else return;
  event.preventDefault();
});
