// Keeps relative times true while a page stays open. The words are those of components/relative-time.ts.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function words(at) {
  const age = Date.now() - at;
  if (age < 45_000) return 'just now';
  if (age < HOUR) return `${Math.max(1, Math.floor(age / MINUTE))} min ago`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h ago`;
  if (age < 30 * DAY) return `${Math.floor(age / DAY)} d ago`;
  return new Date(at).toISOString().slice(0, 10);
}

setInterval(() => {
  for (const element of document.querySelectorAll('time[datetime]')) {
    const text = words(Date.parse(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}, 30_000);
