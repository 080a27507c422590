import { isInteger, type Operator, type Requirement } from '../../api/label-selector.ts';
import { labelValueErrors, qualifiedNameErrors } from '../validation/text.ts';

/** A malformed label selector; the message is a real API server's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const operators = new Map<string, Operator>([
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
  ['in', 'in'],
  ['notin', 'notin'],
]);

/** Parses `app=web,tier in (a,b),!legacy` (labels/selector.go); throws SelectorError. */
export function parseLabelSelector(selector: string): Requirement[] {
  const tokens = selector.match(/[!=]=|[=!(),><]|[^=!(),><\s]+/g) ?? [];
  const requirements: Requirement[] = [];
  if (tokens.length === 0) return requirements;
  for (let expected = "!, identifier, or 'end of string'"; ; expected = "identifier after ','") {
    const [first = ''] = tokens;
    if (first !== '!' && !isName(first)) throw unexpected(first, expected);
    try {
      requirements.push(nextRequirement(tokens));
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
    const after = tokens.shift();
    if (after === undefined) return requirements;
    if (after !== ',') throw unexpected(after, "',' or 'end of string'");
  }
}

/** True for keys and values, and for `in` and `notin` where no operator is expected. */
function isName(token: string): boolean {
  return token !== '' && !/^[=!(),><]/.test(token);
}

function unexpected(token: string, expected: string): SelectorError {
  return new SelectorError(`found '${token}', expected: ${expected}`);
}

/** Takes a requirement from the start of the tokens, as the functions below do with its parts. */
function nextRequirement(tokens: string[]): Requirement {
  const isNegated = tokens[0] === '!';
  if (isNegated) tokens.shift();
  const key = nextName(tokens);
  const keyErrors = qualifiedNameErrors(key);
  if (keyErrors.length > 0) {
    throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${keyErrors.join('; ')}`);
  }
  if (isNegated) return { key, operator: '!', values: [] };
  if (isAtEnd(tokens)) return { key, operator: 'exists', values: [] };
  const symbol = tokens.shift() ?? '';
  const operator = operators.get(symbol);
  if (operator === undefined) throw unexpected(symbol, 'in, notin, =, ==, !=, gt, lt');
  const isList = operator === 'in' || operator === 'notin';
  const values = isList ? nextValues(tokens) : [isAtEnd(tokens) ? '' : nextName(tokens)];
  // Kubernetes sorts the values, which decides the order of the errors.
  const requirement = { key, operator, values: [...new Set(values)].sort() };
  const errors = requirementErrors(requirement);
  if (errors.length === 0) return requirement;
  throw new SelectorError(errors.length === 1 ? errors.join() : `[${errors.join(', ')}]`);
}

function isAtEnd([next]: readonly string[]): boolean {
  return next === undefined || next === ',';
}

function nextName(tokens: string[]): string {
  const token = tokens.shift() ?? '';
  if (!isName(token)) throw unexpected(token, 'identifier');
  return token;
}

function nextValues(tokens: string[]): string[] {
  const open = tokens.shift() ?? '';
  if (open !== '(') throw new SelectorError(`found '${open}' expected: '('`);
  const values: string[] = [];
  let isValueDue = true;
  for (;;) {
    const token = tokens.shift() ?? '';
    if (token === ')') return isValueDue ? [...values, ''] : values;
    if (token === ',') {
      if (isValueDue) values.push('');
      isValueDue = true;
    } else if (isName(token) && isValueDue) {
      values.push(token);
      isValueDue = false;
    } else {
      throw unexpected(token, isValueDue ? "',', or identifier" : "',' or ')'");
    }
  }
}

/** The errors of a requirement with a valid key in the words of labels.NewRequirement. */
function requirementErrors({ key, operator, values }: Requirement): string[] {
  const isNumeric = operator === 'gt' || operator === 'lt';
  const numeric = "for 'Gt', 'Lt' operators, the value must be an integer";
  const refusals = (place: (index: number) => string, why: (value: string) => string) =>
    values.flatMap((value, index) =>
      why(value) === '' ? [] : [`${place(index)}: Invalid value: ${JSON.stringify(value)}: ${why(value)}`],
    );
  return [
    ...refusals(
      (index) => `values[${index}]`,
      (value) => (isNumeric && !isInteger(value) ? numeric : ''),
    ),
    ...refusals(
      (index) => `values[${index}][${key}]`,
      (value) => labelValueErrors(value).join('; '),
    ),
  ];
}
