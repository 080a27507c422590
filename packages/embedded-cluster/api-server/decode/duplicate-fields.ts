interface Level {
  /** Undefined for a list. */
  keys: Set<string> | undefined;
  /** The current key or index: `spec`, `[2]`. */
  at: string;
  index: number;
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** The paths of repeated fields in JSON text, such as `spec.containers[0].image`. Parsers keep the last value. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const levels: Level[] = [];
  let last = '';
  for (const [token] of text.matchAll(tokens)) {
    const level = levels.at(-1);
    if (token === '{') levels.push({ keys: new Set(), at: '', index: 0 });
    else if (token === '[') levels.push({ keys: undefined, at: '[0]', index: 0 });
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && level !== undefined && level.keys === undefined) level.at = `[${++level.index}]`;
    else if (token === ':' && level?.keys !== undefined) {
      const key: string = last.includes('\\') ? JSON.parse(last) : last.slice(1, -1);
      level.at = `.${key}`;
      if (level.keys.has(key)) found.push(pathOf(levels));
      level.keys.add(key);
    }
    last = token;
  }
  return found;
}

function pathOf(levels: readonly Level[]): string {
  return levels
    .map(({ at }) => at)
    .join('')
    .slice(1);
}
