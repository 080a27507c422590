import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import type { Json } from '../../../api/json.ts';

/** One operation of the patch that an expression returns. */
export class JsonPatchLiteral {
  op = '';
  path = '';
  from = '';
  value: unknown;
}

const fieldTypes: Record<string, string> = { op: 'string', path: 'string', from: 'string', value: 'dyn' };

const call = 'newJSONPatch';
/** In a raw string, a backslash escapes nothing. */
const rawString = /[bB]?[rR][bB]?("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"]*"|'[^']*')/.source;
const string = /[bB]?("""[\s\S]*?"""|'''[\s\S]*?'''|"(\\.|[^"\\])*"|'(\\.|[^'\\])*')/.source;
/** Literals and braces, and the strings and words that must not be read as either. */
const tokens = new RegExp(`${rawString}|${string}|JSONPatch\\s*\\{|\\w+|[{}]`, 'g');

/** The library has no message literals, so `JSONPatch{op: 'add'}` becomes the call `newJSONPatch({op: 'add'})`. */
export function withCalls(expression: string): string {
  /** For each open brace, whether it opens a literal. */
  const open: boolean[] = [];
  return expression.replace(tokens, (token) => {
    const isLiteral = token.length > 1 && token.endsWith('{');
    if (token.endsWith('{')) open.push(isLiteral);
    if (isLiteral) return `${call}({`;
    return token === '}' && open.pop() ? '})' : token;
  });
}

/** What the library hands to a macro. */
interface Checker {
  check(node: ASTNode, context: unknown): { name: string };
  getType(name: string): unknown;
  createError(code: string, message: string, node: ASTNode): Error;
}

class Library {}

/** Declares the type JSONPatch, its literals and the function `jsonpatch.escapeKey`. */
export function declareJsonPatch(environment: Environment): Environment {
  return environment
    .registerType('kubernetes.jsonpatch', Library)
    .registerConstant('jsonpatch', 'kubernetes.jsonpatch', new Library())
    .registerFunction('kubernetes.jsonpatch.escapeKey(string): string', (_: Library, key: string) =>
      key.replaceAll('~', '~0').replaceAll('/', '~1'),
    )
    .registerType('JSONPatch', { ctor: JsonPatchLiteral, fields: fieldTypes })
    .registerFunction(`${call}(ast): JSONPatch`, ({ args: [map] }: { args: [ASTNode] }) => {
      const entries = map.op === 'map' ? map.args : [];
      const typeCheck = (checker: Checker, _macro: unknown, context: unknown) => {
        for (const [key, value] of entries) {
          const name = key.op === 'id' ? key.args : '';
          const wanted = fieldTypes[name] ?? '';
          const type = checker.check(value, context).name;
          if (wanted === 'dyn' || (wanted !== '' && type === 'dyn') || wanted === type) continue;
          const message = `expected type of field '${name}' is '${wanted}' but provided type is '${type}'`;
          throw checker.createError('field_type_mismatch', message, key);
        }
        return checker.getType('JSONPatch');
      };
      const evaluate = (
        evaluator: { run(node: ASTNode, context: unknown): unknown },
        _macro: unknown,
        context: unknown,
      ) => {
        const made: Json = new JsonPatchLiteral();
        for (const [key, value] of entries) {
          const given = evaluator.run(value, context);
          const name = String(key.args);
          if (fieldTypes[name] === 'string' && typeof given !== 'string')
            throw new Error(`unexpected type ${typeof given} for JSONPatchType '${name}' field`);
          made[name] = given;
        }
        return made;
      };
      return { typeCheck, evaluate };
    });
}
