export type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

/** One term of a label selector. */
export interface Requirement {
  key: string;
  operator: Operator;
  values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** True when the labels meet all requirements. Labels without the key meet `!=` and `notin`. */
export function meets(labels: Labels | undefined, requirements: readonly Requirement[]): boolean {
  return requirements.every((requirement) => meetsOne(labels ?? {}, requirement));
}

function meetsOne(labels: Labels, { key, operator, values }: Requirement): boolean {
  const has = Object.hasOwn(labels, key);
  const value = labels[key] ?? '';
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return has && values.includes(value);
    case '!=':
    case 'notin':
      return !has || !values.includes(value);
    case 'exists':
      return has;
    case '!':
      return !has;
    case 'gt':
      return has && isInteger(value) && BigInt(value) > BigInt(values[0] as string);
    case 'lt':
      return has && isInteger(value) && BigInt(value) < BigInt(values[0] as string);
  }
}

export function isInteger(text: string): boolean {
  return /^[+-]?\d{1,19}$/.test(text);
}
