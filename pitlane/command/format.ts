import type { Grammar } from './grammar.ts';
import { isChange, type Request } from './request.ts';
import type { Values } from './syntax.ts';
import { tokenize } from './tokens.ts';

export type FormatText = (request: Request) => string;

export function formatter(grammar: Grammar): FormatText {
  return (request) => {
    const syntax = grammar.commands.find(({ name }) => name === request.command);
    const { because, ...values } = request as unknown as Values;
    if (syntax === undefined) return request.command;
    const parts = syntax.fields.flatMap((field) => field.format(values, syntax) ?? []);
    const reason = typeof because === 'string' ? [`because ${reasonText(because, request.command, grammar)}`] : [];
    return [request.command, ...parts, ...reason].join(' ');
  };
}

/** In quotes only where the plain words would be read differently: where they end like a flag, or begin with a quote. */
function reasonText(text: string, command: string, { parseTokens }: Grammar): string {
  const plain = parseTokens(tokenize(`${command} because ${text}`), '');
  const isPlain =
    plain.kind === 'parsed' &&
    isChange(plain.request) &&
    plain.request.because === text &&
    !plain.request.force &&
    !plain.request.dryRun &&
    plain.request.forSeconds === undefined;
  return isPlain ? text : `"${text.replace(/["“”„‟\\]/g, '\\$&')}"`;
}
