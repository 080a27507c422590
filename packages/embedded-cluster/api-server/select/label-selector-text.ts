import { isInteger, type Operator, type Requirement } from '../../api/label-selector.ts';
import { labelValueErrors, qualifiedNameErrors } from '../validation/text.ts';

/** A malformed label selector; the message is a real API server's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

interface Token {
  /** 'name' for keys and values, 'error' for `=!` and the like, else the symbol or word itself. */
  is: 'name' | 'end' | 'error' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin';
  text: string;
}

const symbols = ['(', ')', ',', '!', '=', '==', '!=', '>', '<'];
const special = /[=!(),><]/;

function tokensOf(selector: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < selector.length) {
    const character = selector[at] as string;
    if (/[ \t\r\n]/.test(character)) {
      at++;
    } else if (special.test(character)) {
      const pair = selector.slice(at, at + 2);
      const symbol = symbols.includes(pair) ? pair : character;
      tokens.push({ is: symbol as Token['is'], text: symbol });
      at += symbol.length;
    } else {
      const text = /^[^=!(),><\s]+/.exec(selector.slice(at))?.[0] as string;
      tokens.push({ is: text === 'in' || text === 'notin' ? text : 'name', text });
      at += text.length;
    }
  }
  tokens.push({ is: 'end', text: '' });
  return tokens;
}

/** Parses `app=web,tier in (a,b),!legacy` (labels/selector.go); throws SelectorError. */
export function parseLabelSelector(selector: string): Requirement[] {
  const reader = new Reader(tokensOf(selector));
  const requirements: Requirement[] = [];
  for (;;) {
    const { is, text } = reader.peek();
    if (is === 'end') return requirements;
    if (is !== 'name' && is !== '!') {
      throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(reader.requirement());
    const after = reader.next();
    if (after.is === 'end') return requirements;
    if (after.is !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
    const following = reader.peek();
    if (following.is !== 'name' && following.is !== '!') {
      throw new SelectorError(`found '${following.text}', expected: identifier after ','`);
    }
  }
}

const operators: Partial<Record<Token['is'], Operator>> = {
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
  in: 'in',
  notin: 'notin',
};

class Reader {
  readonly #tokens: Token[];
  #at = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  /** `in` and `notin` are ordinary words where no operator is expected. */
  peek(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
    return token.is === 'in' || token.is === 'notin' ? { is: 'name', text: token.text } : token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  requirement(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
  }

  #requirement(): Requirement {
    let token = this.next();
    const isNegated = token.is === '!';
    if (isNegated) token = this.next();
    if (token.is !== 'name') throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const keyErrors = qualifiedNameErrors(key);
    if (keyErrors.length > 0) {
      throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${keyErrors.join('; ')}`);
    }
    const follows = this.peek().is;
    if (isNegated) return { key, operator: '!', values: [] };
    if (follows === 'end' || follows === ',') return { key, operator: 'exists', values: [] };
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()];
    // Kubernetes sorts the values, which decides the order of the errors.
    const requirement = { key, operator, values: [...new Set(values)].sort() };
    const errors = requirementErrors(requirement);
    if (errors.length > 0)
      throw new SelectorError(errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`);
    return requirement;
  }

  #operator(): Operator {
    const token = this.#tokens[this.#at++] as Token;
    const operator = operators[token.is];
    if (operator === undefined) {
      throw new SelectorError(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    return operator;
  }

  #value(): string {
    const { is } = this.peek();
    if (is === 'end' || is === ',') return '';
    const token = this.next();
    if (token.is !== 'name') throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #values(): string[] {
    const open = this.next();
    if (open.is !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    let isValueDue = true;
    for (;;) {
      const token = this.next();
      if (token.is === ')') return isValueDue ? [...values, ''] : values;
      if (token.is === ',') {
        if (isValueDue) values.push('');
        isValueDue = true;
      } else if (token.is === 'name' && isValueDue) {
        values.push(token.text);
        isValueDue = false;
      } else {
        const expected = isValueDue ? "',', or identifier" : "',' or ')'";
        throw new SelectorError(`found '${token.text}', expected: ${expected}`);
      }
    }
  }
}

/** The errors of a requirement in the words of labels.NewRequirement. */
function requirementErrors({ key, operator, values }: Requirement): string[] {
  const errors: string[] = [];
  const keyErrors = qualifiedNameErrors(key);
  if (keyErrors.length > 0) errors.push(`key: Invalid value: ${JSON.stringify(key)}: ${keyErrors.join('; ')}`);
  if (operator === 'gt' || operator === 'lt') {
    values.forEach((value, index) => {
      if (isInteger(value)) return;
      errors.push(
        `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    });
  }
  values.forEach((value, index) => {
    const valueErrors = labelValueErrors(value);
    if (valueErrors.length === 0) return;
    errors.push(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${valueErrors.join('; ')}`);
  });
  return errors;
}
