import { formatDuration, readSeconds } from '../text/duration.ts';
import { inQuotes } from './arguments.ts';
import { DEFAULT_TAIL } from './commands.ts';
import { parseTokens } from './grammar.ts';
import type { Request } from './request.ts';
import { tokenize } from './tokens.ts';

/** What to type for a request, without the `/rng` or `pitlane rng` in front. It is read back as the same request. */
export function format(request: Request): string {
  return parts(request)
    .filter((part) => part !== undefined && part !== false)
    .join(' ');
}

function parts(request: Request): readonly (string | false | undefined)[] {
  switch (request.command) {
    case 'list':
      return ['list', selector(request.selector), request.all && '--all'];
    case 'inspect':
      return ['inspect', request.pod];
    case 'help':
      return ['help', request.topic];
    case 'drained':
    case 'operations':
      return [request.command];
    case 'evidence':
      return ['evidence', request.pod];
    case 'cancel':
      return ['cancel', request.operation];
    case 'extend':
      return [
        'extend',
        podOf(request.pod, (pod) => pod === 'for' || pod === 'by' || readSeconds(pod) !== undefined),
        request.forSeconds !== undefined && formatDuration(request.forSeconds),
        request.dryRun && '--dry-run',
      ];
    case 'restore':
    case 'finish':
      return [request.command, request.pod, request.dryRun && '--dry-run', request.force && '--force'];
    case 'logs':
      return [
        'logs',
        request.pod,
        selector(request.selector),
        request.container !== undefined && `-c ${request.container}`,
        request.previous && '--previous',
        request.tail !== DEFAULT_TAIL && `--tail ${request.tail}`,
        request.follow && '--follow',
      ];
    case 'drain':
      return [
        'drain',
        podOf(request.pod, (pod) => pod === 'for' || pod === 'because'),
        request.forSeconds !== undefined && `for ${formatDuration(request.forSeconds)}`,
        request.dryRun && '--dry-run',
        request.force && '--force',
        request.because !== undefined && `because ${reason(request.because)}`,
      ];
  }
}

/** As kubectl writes it where the name alone would be read as something else. */
function podOf(pod: string | undefined, isAnotherWord: (pod: string) => boolean): string | undefined {
  return pod !== undefined && isAnotherWord(pod) ? `pod/${pod}` : pod;
}

function selector(text: string | undefined): string | false {
  return text !== undefined && text !== '' && `-l ${inQuotes(text)}`;
}

/** In quotes only where the plain words would be read otherwise: where they end like a flag, or begin with a quote. */
function reason(text: string): string {
  const plain = parseTokens(tokenize(`drain because ${text}`), '');
  const isPlain =
    plain.kind === 'parsed' &&
    plain.request.command === 'drain' &&
    plain.request.because === text &&
    !plain.request.force &&
    !plain.request.dryRun &&
    plain.request.forSeconds === undefined;
  return isPlain ? text : `"${text.replace(/["“”„‟\\]/g, '\\$&')}"`;
}
