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
const literal = /^JSONPatch\s*\{/;
/** In a raw string, a backslash escapes nothing. */
const rawString = /^[bB]?[rR][bB]?("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"]*"|'[^']*')/;
const string = /^[bB]?("""[\s\S]*?"""|'''[\s\S]*?'''|"(\\.|[^"\\])*"|'(\\.|[^'\\])*')/;
const word = /^\w+/;

/** The library has no message literals, so `JSONPatch{op: 'add'}` becomes the call `newJSONPatch({op: 'add'})`. */
export function withCalls(expression: string): string {
  let written = '';
  /** For each open brace, whether it opens a literal. */
  const open: boolean[] = [];
  for (let rest = expression; rest !== ''; ) {
    const found = literal.exec(rest)?.[0];
    const token = found ?? [rawString, string, word, /^[\s\S]/].map((kind) => kind.exec(rest)?.[0]).find(Boolean) ?? '';
    if (token.endsWith('{')) open.push(found !== undefined);
    written += found === undefined ? token : `${call}({`;
    if (token === '}' && open.pop()) written += ')';
    rest = rest.slice(token.length);
  }
  return written;
}

/** What the library hands to a macro. */
interface Checker {
  check(node: ASTNode, context: unknown): { name: string };
  getType(name: string): unknown;
  createError(code: string, message: string, node: ASTNode): Error;
}

interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

class Library {}

/** Declares the type JSONPatch, its literals and the function `jsonpatch.escapeKey`. */
export function declareJsonPatch(environment: Environment): void {
  environment
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
      const evaluate = (evaluator: Evaluator, _macro: unknown, context: unknown) => {
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
