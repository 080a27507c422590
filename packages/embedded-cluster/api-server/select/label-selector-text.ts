import { type ApiError, badRequest } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { isInteger, type Requirement } from '../../api/label-selector.ts';
import { labelValueErrors, qualifiedNameErrors } from '../validation/text.ts';

const listOperators = ['in', 'notin'];
const operators = [...listOperators, '=', '==', '!=', '>', '<'];

/** Parses `app=web,tier in (a,b),!legacy` (labels/selector.go); throws 400 with the message of a real API server. */
export function parseLabelSelector(selector: string): Requirement[] {
  const tokens = selector.match(/[!=]=|[=!(),><]|[^=!(),><\s]+/g) ?? [];
  const requirements: Requirement[] = [];
  if (tokens.length === 0) return requirements;
  for (let expected = "!, identifier, or 'end of string'"; ; expected = "identifier after ','") {
    const [first = ''] = tokens;
    if (first !== '!' && !isName(first)) throw badRequest(unexpected(first, expected));
    requirements.push(nextRequirement(tokens));
    const after = tokens.shift();
    if (after === undefined) return requirements;
    if (after !== ',') throw badRequest(unexpected(after, "',' or 'end of string'"));
  }
}

/** True for keys and values, and for `in` and `notin` where no operator is expected. */
function isName(token: string): boolean {
  return token !== '' && !/^[=!(),><]/.test(token);
}

function unexpected(token: string, expected: string): string {
  return `found '${token}', expected: ${expected}`;
}

function malformed(why: string): ApiError {
  return badRequest(`unable to parse requirement: ${why}`);
}

function invalidValue(field: string, value: string, why: string): string {
  return `${field}: Invalid value: ${JSON.stringify(value)}: ${why}`;
}

/** Takes a requirement from the start of the tokens, as the functions below do with its parts. */
function nextRequirement(tokens: string[]): Requirement {
  const isNegated = tokens[0] === '!';
  if (isNegated) tokens.shift();
  const key = nextName(tokens);
  const keyErrors = qualifiedNameErrors(key).join('; ');
  if (keyErrors !== '') throw malformed(invalidValue('<nil>', key, keyErrors));
  if (isNegated) return { key, operator: '!', values: [] };
  if (isAtEnd(tokens)) return { key, operator: 'exists', values: [] };
  const operator = tokens.shift() ?? '';
  if (!operators.includes(operator)) throw malformed(unexpected(operator, 'in, notin, =, ==, !=, gt, lt'));
  const values = listOperators.includes(operator) ? nextValues(tokens) : [isAtEnd(tokens) ? '' : nextName(tokens)];
  // Kubernetes sorts the values, which decides the order of the errors.
  const requirement = { key, operator, values: [...new Set(values)].sort() };
  const errors = requirementErrors(requirement);
  if (errors.length > 0) throw malformed(errors.length === 1 ? errors.join() : `[${errors.join(', ')}]`);
  return requirement;
}

function isAtEnd([next]: readonly string[]): boolean {
  return next === undefined || next === ',';
}

function nextName(tokens: string[]): string {
  const token = tokens.shift() ?? '';
  if (!isName(token)) throw malformed(unexpected(token, 'identifier'));
  return token;
}

function nextValues(tokens: string[]): string[] {
  const open = tokens.shift() ?? '';
  if (open !== '(') throw malformed(`found '${open}' expected: '('`);
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
      throw malformed(unexpected(token, isValueDue ? "',', or identifier" : "',' or ')'"));
    }
  }
}

/** The errors of a requirement with a valid key in the words of labels.NewRequirement. */
function requirementErrors({ key, operator, values }: Required<Requirement>): string[] {
  const notNumeric = ['>', '<'].includes(operator) ? values.filter((value) => !isInteger(value)) : [];
  const numeric = "for 'Gt', 'Lt' operators, the value must be an integer";
  const ofValues = values.flatMap((value, index) => {
    const why = labelValueErrors(value).join('; ');
    return why === '' ? [] : [invalidValue(`values[${index}][${key}]`, value, why)];
  });
  // A comparison has one value.
  return [...notNumeric.map((value) => invalidValue('values[0]', value, numeric)), ...ofValues];
}

const objectOperators: Record<string, string> = { In: 'in', NotIn: 'notin' };

/** The text form of a LabelSelector or of a map of labels; empty when it selects everything. */
export function selectorText(selector: Json): string {
  const labels = selector?.matchLabels ?? (selector?.matchExpressions ? {} : (selector ?? {}));
  const equal = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values }: Json) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${objectOperators[operator]} (${values.toSorted().join(',')})`;
  });
  return [...equal, ...others].sort().join(',');
}
