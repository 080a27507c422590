/**
 * Joins lines so that a shell stops at the first one that fails: the last line of an undo removes the record that the
 * others need.
 */
export function pasteable(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} &&` : line));
}
