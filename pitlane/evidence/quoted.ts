/** Opens a string: a quote, escaped as often as the text was put into another string, or escaped for HTML or a URL. */
export const QUOTE = '(?:\\\\{0,32}["\'`]|&(?:quot|#34|#39|apos);|%2[27])';

/**
 * The index of the quote that closes the string which starts at `from`, after `quote`. At the end of the line if the log
 * was cut. A quote with more backslashes than the opening one belongs to the string.
 */
export function endOfQuoted(text: string, from: number, quote: string): number {
  const mark = quote.replace(/^\\+/, '');
  const depth = quote.length - mark.length;
  const next = new RegExp(`\\n|${mark}`, 'g');
  next.lastIndex = from;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === '\n') return found.index;
    // A quote in a string of SQL or YAML is doubled.
    if (mark === "'" && depth === 0 && found.index > from && text[found.index + 1] === mark) {
      next.lastIndex = found.index + 2;
      continue;
    }
    const escapes = backslashesBefore(text, found.index, from);
    // With fewer backslashes it closes the string around this one; two of them are a backslash: `"C:\\\\"`.
    if (escapes <= depth || (depth === 0 && escapes % 2 === 0)) return found.index - Math.min(escapes, depth);
  }
  return text.length;
}

function backslashesBefore(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && text[start - 1] === '\\') start -= 1;
  return at - start;
}
