import type { Values } from './arguments.ts';
import type { Grammar } from './grammar.ts';
import { isChange, type Request } from './request.ts';
import { tokenize } from './tokens.ts';

export type FormatText = (request: Request) => string;

export function formatter(grammar: Grammar): FormatText {
  return (request) => {
    const syntax = grammar.commands.find(({ name }) => name === request.command);
    const { because, ...values } = request as unknown as Values;
    if (syntax === undefined) return request.command;
    const parts = syntax.fields.flatMap((field) => field.format(values, syntax) ?? []);
    const reason = typeof because === 'string' ? [`because ${reasonText(because, grammar)}`] : [];
    return [request.command, ...parts, ...reason].join(' ');
  };
}

/** In quotes only where the plain words would be read otherwise: where they end like a flag, or begin with a quote. */
function reasonText(text: string, { commands, parseTokens }: Grammar): string {
  const command = commands.find(({ fields }) => fields.some(({ usage }) => usage.startsWith('[because')));
  const plain = parseTokens(tokenize(`${command?.name} because ${text}`), '');
  const isPlain =
    plain.kind === 'parsed' &&
    isChange(plain.request) &&
    plain.request.because === text &&
    !plain.request.force &&
    !plain.request.dryRun &&
    plain.request.forSeconds === undefined;
  return isPlain ? text : `"${text.replace(/["“”„‟\\]/g, '\\$&')}"`;
}
