/** An object or a list. */
interface Level {
  path: string;
  /** Undefined for a list. */
  keys: Set<string> | undefined;
  index: number;
  /** The path of the current field or item. */
  at: string;
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** The paths of repeated fields in JSON text, such as `spec.containers[0].image`. Parsers keep the last value. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const levels: Level[] = [];
  let last = '';
  for (const [token] of text.matchAll(tokens)) {
    const level = levels.at(-1);
    const path = level?.at ?? '';
    if (token === '{') levels.push({ path, keys: new Set(), index: 0, at: path });
    else if (token === '[') levels.push({ path, keys: undefined, index: 0, at: `${path}[0]` });
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && level !== undefined && level.keys === undefined)
      level.at = `${level.path}[${++level.index}]`;
    else if (token === ':' && level?.keys !== undefined) {
      const key: string = last.includes('\\') ? JSON.parse(last) : last.slice(1, -1);
      level.at = level.path === '' ? key : `${level.path}.${key}`;
      if (level.keys.has(key)) found.push(level.at);
      level.keys.add(key);
    }
    last = token;
  }
  return found;
}
