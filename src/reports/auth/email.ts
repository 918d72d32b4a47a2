// E-mail addresses as names of people: one spelling for each, so that nobody has two accounts by accident.

/** The address trimmed and in lower case, or null where it cannot be one. */
export function normalEmail(text: string): string | null {
  const email = text.trim().toLowerCase();
  return email.length <= 254 && /^[^\s@<>"]+@[^\s@<>"]+$/.test(email) ? email : null;
}
