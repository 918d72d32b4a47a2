// Notes of the processor that everybody may read: those made of our own words, numbers and names of parts. All others may quote what
// a client sent (a value that fits no type, the text around a fault) and are for people with the right; so a new note is hidden
// until somebody has looked at it and put its form here.

const PUBLIC_NOTES: readonly RegExp[] = [
  /^only the first \d+ /,
  /^only the last \d+ of \d+ traces were kept$/,
  /^\d+ entries of the payload were not read$/,
  /^\w{1,80}(?:\.\w{1,10})?: (?:\d+ bytes are more than are processed|is no longer stored)$/,
  /^occurrence \d+ (?:is not an object|holds no exception)$/,
  /^(?:date|count): [a-z0-9 ]+[;,] [a-z0-9 ]+$/i,
  /^date: \d{4}-\d{2}-\d{2} lies (?:in the future|more than \d+ days before the report came); the day of arrival counts$/,
  /^the text was cut after \d+ characters$/,
  /^\d+ long lines were cut after \d+ characters$/,
  /^\d+ common frames are not in the text$/,
  /^a frame is repeated \d+ more times$/,
  /^a message was cut$/,
  /^no (?:exception was found in the text|panic line found)$/,
  /^the runtime left frames out$/,
  /^suppressed exceptions are nested too deeply$/,
  /^client_crash_date is unknown$/,
  /^non-integer value of "[\w.]{1,80}"$/,
  /^[\w.]{1,80} (?:has a non-int value|has a non-float value|value is malformed json)$/,
  /^WARNING: raw_crash missing [\w.]{1,80}$/,
  /^upload_file_minidump\w{0,60}: [a-z0-9 ]{1,120}$/i,
  /^SignatureGenerationRule: [A-Za-z]+: [a-z ]+$/i,
];

/** The notes that may be shown to everybody. */
export function publicNotes(notes: readonly string[]): readonly string[] {
  return notes.filter((note) => PUBLIC_NOTES.some((form) => form.test(note)));
}
