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

/**
 * What strict decoding refuses, each once and in the order of the JSON text: repeated fields, of which parsers keep the
 * last, and the given unknown ones. Those that are not in the text come last (sigs.k8s.io/json, decode.go).
 */
export function strictErrors(text: string, unknown: readonly string[]): string[] {
  const found = new Set<string>();
  const unknownText = (field: string) => `unknown field ${JSON.stringify(field)}`;
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
      if (unknown.includes(level.at)) found.add(unknownText(level.at));
      else if (level.keys.has(key)) found.add(`duplicate field ${JSON.stringify(level.at)}`);
      level.keys.add(key);
    }
    last = token;
  }
  for (const field of unknown) found.add(unknownText(field));
  return [...found];
}
