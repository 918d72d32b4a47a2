// Charts by day or hour: hover and keys tell the time and the numbers of a bar; dragging, or Shift with the arrow keys, chooses a part of the
// time, which Enter (or letting go) filters by. Without this, the table behind the chart says and links the same.

const UNITS = { day: 86_400_000, hour: 3_600_000 };
/** A drag begins here, so that a click that trembles is none. */
const DRAG_PIXELS = 4;

const format = (number) => String(number).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');

for (const figure of document.querySelectorAll('figure[data-chart]')) {
  const { unit, first: begin, count, series } = JSON.parse(figure.dataset.chart);
  const area = figure.querySelector('.area');
  if (area === null || count === 0) continue;
  const start = Date.parse(begin.includes(' ') ? `${begin.replace(' ', 'T')}Z` : `${begin}T00:00Z`);
  const nameOf = (at) => {
    const iso = new Date(start + at * UNITS[unit]).toISOString();
    return unit === 'day' ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' ');
  };
  const total = (at) => series.reduce((sum, [, values]) => sum + (values[at] ?? 0), 0);
  const sum = (from, to) => {
    let all = 0;
    for (let at = from; at <= to; at += 1) all += total(at);
    return all;
  };

  const pick = document.createElement('div');
  pick.className = 'pick-days';
  pick.tabIndex = 0;
  pick.setAttribute('role', 'slider');
  pick.setAttribute(
    'aria-label',
    `${figure.querySelector('figcaption')?.firstChild?.textContent.trim()}, ${unit} by ${unit}`,
  );
  pick.setAttribute('aria-valuemin', '0');
  pick.setAttribute('aria-valuemax', String(count - 1));
  const span = document.createElement('div');
  span.className = 'span';
  span.hidden = true;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  pick.append(span, tip);
  area.append(pick);
  const hint = figure.querySelector('[data-chart-hint]');
  if (hint) hint.hidden = false;

  let here = count - 1;
  /** Where a selection began; null: there is none. */
  let anchor = null;
  let down = null;

  function show() {
    const from = Math.min(here, anchor ?? here);
    const to = Math.max(here, anchor ?? here);
    span.hidden = false;
    span.style.left = `${(from / count) * 100}%`;
    span.style.width = `${((to - from + 1) / count) * 100}%`;
    const lines = [];
    if (from === to) {
      lines.push([nameOf(here), total(here)]);
      if (series.length > 1) {
        for (const [name, values] of series) if ((values[here] ?? 0) > 0) lines.push([name, values[here]]);
      }
    } else lines.push([`${nameOf(from)} to ${nameOf(to)}`, sum(from, to)]);
    tip.replaceChildren(
      ...lines.map(([name, number]) => {
        const line = document.createElement('div');
        const strong = document.createElement('strong');
        strong.textContent = format(number);
        line.append(`${name}: `, strong);
        return line;
      }),
    );
    tip.hidden = false;
    const middle = ((from + to + 1) / 2 / count) * 100;
    // A tip stays within the chart.
    tip.style.left = middle < 50 ? `${(from / count) * 100}%` : 'auto';
    tip.style.right = middle < 50 ? 'auto' : `${100 - ((to + 1) / count) * 100}%`;
    pick.setAttribute('aria-valuenow', String(here));
    pick.setAttribute('aria-valuetext', lines.map(([name, number]) => `${name}: ${number}`).join(', '));
  }

  function clear() {
    anchor = null;
    span.hidden = true;
    tip.hidden = true;
  }

  function filter() {
    const { range } = figure.dataset;
    if (range === undefined) return;
    const from = nameOf(Math.min(here, anchor ?? here)).replace(' ', 'T');
    const to = nameOf(Math.max(here, anchor ?? here)).replace(' ', 'T');
    const ends = unit === 'day' ? [from, to] : [`${from}Z`, `${to.slice(0, 13)}:59Z`];
    const [first, last] = ends.map(encodeURIComponent);
    location.assign(range.replaceAll('__from__', first).replaceAll('__to__', last));
  }

  const barAt = (event) => {
    const { left, width } = pick.getBoundingClientRect();
    return Math.max(0, Math.min(count - 1, Math.floor(((event.clientX - left) / width) * count)));
  };

  pick.addEventListener('pointermove', (event) => {
    here = barAt(event);
    if (down !== null && Math.abs(event.clientX - down.x) >= DRAG_PIXELS) anchor = down.at;
    show();
  });
  pick.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    here = barAt(event);
    anchor = null;
    down = { at: here, x: event.clientX };
    pick.setPointerCapture(event.pointerId);
    show();
  });
  pick.addEventListener('pointerup', (event) => {
    if (down === null) return;
    here = barAt(event);
    down = null;
    // A finger that taps asks what a bar is; a mouse knows that already.
    if (anchor !== null || event.pointerType === 'mouse') filter();
  });
  pick.addEventListener('pointercancel', () => {
    down = null;
    clear();
  });
  pick.addEventListener('pointerleave', () => {
    if (down === null && document.activeElement !== pick) clear();
  });
  pick.addEventListener('focus', () => {
    if (down === null) show();
  });
  pick.addEventListener('blur', clear);

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7, Home: -count, End: count };
  pick.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') clear();
    else if (event.key === 'Enter') filter();
    else if (event.key in STEPS) {
      if (!event.shiftKey) anchor = null;
      else if (anchor === null) anchor = here;
      here = Math.max(0, Math.min(count - 1, here + STEPS[event.key]));
      show();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  pick.setAttribute('aria-valuenow', String(here));
  pick.setAttribute('aria-valuetext', `${nameOf(here)}: ${total(here)}`);
}
