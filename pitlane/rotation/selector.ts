import { type Labels, valueIn } from './labels.ts';

/** metav1.LabelSelector. Both parts must hold; empty selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** A label selector: all requirements must hold; an empty one selects everything. */
export type Selector = readonly Requirement[];

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'GreaterThan' | 'LessThan';
  readonly values: readonly string[];
}

export type ParsedSelector =
  | { readonly kind: 'selector'; readonly selector: Selector }
  /** `position`: 0-based index into the text. */
  | { readonly kind: 'invalid'; readonly position: number; readonly message: string };

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Why the text is not a label key, as a clause; undefined: it is one. Rule: apimachinery, content/kube.go IsLabelKey. */
export function labelKeyFault(key: string): string | undefined {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = slash < 0 ? key : key.slice(slash + 1);
  if (prefix !== undefined && (prefix.length > 253 || !DNS_SUBDOMAIN.test(prefix)))
    return `the part before "/" must be a lower-case DNS name of at most 253 characters`;
  if (name === '') return 'a label key needs a name';
  if (name.length > 63) return `the name of a label key has at most 63 characters, this one ${name.length}`;
  if (!NAME.test(name))
    return 'a label key consists of letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
  return undefined;
}

/** Why the text is not a label value, as a clause; undefined: it is one. Rule: apimachinery, content/kube.go IsLabelValue. */
export function labelValueFault(value: string): string | undefined {
  if (value.length > 63) return `a label value has at most 63 characters, this one ${value.length}`;
  if (value !== '' && !NAME.test(value))
    return 'a label value consists of letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
  return undefined;
}

/** `enabled=yes`. Undefined: it is not a label of Kubernetes. */
export function parseLabel(text: string): { readonly key: string; readonly value: string } | undefined {
  const at = text.indexOf('=');
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  const isLabel = at > 0 && labelKeyFault(key) === undefined && labelValueFault(value) === undefined;
  return isLabel ? { key, value } : undefined;
}

/**
 * Reads the full selector grammar of Kubernetes: `app=rng,tier!=db,env in (a, b),x notin (c),k,!k,n>1,n<9`.
 * The empty text selects everything; `k=` asks for the empty value (apimachinery, labels/selector.go Parser).
 */
export function parseSelector(text: string): ParsedSelector {
  const tokens = tokenize(text);
  const requirements: Requirement[] = [];
  let next = 0;
  const peek = (): Token => tokens[Math.min(next, tokens.length - 1)] as Token;
  const take = (): Token => {
    const token = peek();
    next += 1;
    return token;
  };

  const values = (): readonly string[] => {
    if (take().text !== '(') throw expected(tokens[next - 1] as Token, '"(" and a list of values');
    const list = new Set<string>();
    if (peek().text === ')') list.add('');
    while (peek().text !== ')') {
      const token = take();
      if (token.kind === 'word') {
        list.add(word(token, labelValueFault));
        if (peek().text !== ',' && peek().text !== ')') throw expected(peek(), '"," or ")"');
        if (peek().text === ',') {
          take();
          if (peek().text === ')') list.add('');
        }
      } else if (token.text === ',') list.add('');
      else throw expected(token, 'a value, "," or ")"');
    }
    take();
    return [...list].sort();
  };

  const requirement = (): Requirement => {
    const isNegated = peek().text === '!';
    if (isNegated) take();
    const key = word(take(), labelKeyFault);
    if (isNegated) return { key, operator: 'DoesNotExist', values: [] };
    if (peek().kind === 'end' || peek().text === ',') return { key, operator: 'Exists', values: [] };
    const operator = take();
    switch (operator.text) {
      case '=':
      case '==':
        return { key, operator: 'In', values: [exact()] };
      case '!=':
        return { key, operator: 'NotIn', values: [exact()] };
      case '>':
      case '<': {
        const token = peek();
        const value = exact();
        if (!/^[+-]?\d+$/.test(value)) throw fault(token, `"${operator.text}" compares with an integer`);
        return { key, operator: operator.text === '>' ? 'GreaterThan' : 'LessThan', values: [value] };
      }
      case 'in':
        return { key, operator: 'In', values: values() };
      case 'notin':
        return { key, operator: 'NotIn', values: values() };
      default:
        throw expected(operator, 'one of = == != in notin > < or ","');
    }
  };

  const exact = (): string => {
    if (peek().kind === 'end' || peek().text === ',') return '';
    return word(take(), labelValueFault);
  };

  try {
    while (peek().kind !== 'end') {
      requirements.push(requirement());
      const separator = take();
      if (separator.kind === 'end') break;
      if (separator.text !== ',') throw expected(separator, '"," or the end');
      if (peek().kind === 'end') throw expected(peek(), 'another requirement after ","');
    }
  } catch (error) {
    if (error instanceof SelectorFault) return { kind: 'invalid', position: error.position, message: error.message };
    throw error;
  }
  return { kind: 'selector', selector: requirements };
}

/** A Service's selector, or any other plain map of labels. */
export function selectorOf(labels: Labels): Selector {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, operator: 'In', values: [value] }));
}

/** A workload's, budget's or policy's selector. */
export function selectorOfLabelSelector(selector: LabelSelector): Selector {
  const expressions = selector.matchExpressions ?? [];
  return [
    ...selectorOf(selector.matchLabels ?? {}),
    ...expressions.map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
  ];
}

/** The labels match. `!=` and `notin` match labels without the key too (labels/selector.go Requirement.Matches). */
export function matches(selector: Selector, labels: Labels): boolean {
  return selector.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = valueIn(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'GreaterThan':
    case 'LessThan': {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      const [mine, bound] = [BigInt(value), BigInt(values[0] ?? '0')];
      return operator === 'GreaterThan' ? mine > bound : mine < bound;
    }
  }
}

/** The text that `parseSelector` reads and kubectl's `-l` takes. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'GreaterThan':
      return `${key}>${values[0]}`;
    case 'LessThan':
      return `${key}<${values[0]}`;
  }
}

interface Token {
  readonly kind: 'word' | 'symbol' | 'end';
  readonly text: string;
  readonly position: number;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|(==|!=|[=!<>(),])|([^\s=!<>(),]+)/g;
  for (const match of text.matchAll(pattern)) {
    if (match[1] !== undefined) tokens.push({ kind: 'symbol', text: match[1], position: match.index });
    if (match[2] !== undefined) tokens.push({ kind: 'word', text: match[2], position: match.index });
  }
  tokens.push({ kind: 'end', text: '', position: text.length });
  return tokens;
}

class SelectorFault extends Error {
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

function fault(token: Token, message: string): SelectorFault {
  return new SelectorFault(token.position, `at character ${token.position + 1}: ${message}`);
}

function expected(token: Token, what: string): SelectorFault {
  return fault(token, `${token.kind === 'end' ? 'the selector ends' : `found "${token.text}"`}, expected ${what}`);
}

function word(token: Token, check: (text: string) => string | undefined): string {
  if (token.kind !== 'word') throw expected(token, 'a name');
  const reason = check(token.text);
  if (reason !== undefined) throw fault(token, `"${token.text}": ${reason}`);
  return token.text;
}
