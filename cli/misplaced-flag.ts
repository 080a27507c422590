import { type FlagSyntax, isKnownFlag, nearestFlag, takesNext, unknownFlag } from '../pitlane/command/flags.ts';
import { type Misread, misread } from '../pitlane/command/misread.ts';
import type { Request } from '../pitlane/command/request.ts';
import { type Line, reworded } from '../pitlane/command/retype.ts';
import { flagsOf } from '../pitlane/command/syntax.ts';
import { type Token, typedAgain } from '../pitlane/command/tokens.ts';
import { commands } from '../pitlane/operations/commands.ts';
import { alternatives, quote } from '../pitlane/text/words.ts';

const COMMAND_FLAGS: readonly FlagSyntax[] = commands.flatMap(flagsOf);

/**
 * Explains a flag before the service that is not allowed there: a flag of a command, a typo, or an unknown flag. `front`:
 * the allowed flags. `requestOf`: parses a line.
 */
export function misplacedFlag(
  tokens: readonly Token[],
  flag: Token,
  front: readonly FlagSyntax[],
  requestOf: (line: Line) => Request | undefined,
): Misread {
  const explain = (message: string, line: Line) =>
    misread(message, requestOf(line) === undefined ? '--help' : typedAgain(line));
  if (isKnownFlag(flag, COMMAND_FLAGS)) {
    const owners = commands.filter((command) => isKnownFlag(flag, flagsOf(command))).map(({ name }) => name);
    const message = `${quote(flag.text)} belongs after the command: it is a flag of ${alternatives(owners, 'and')}.`;
    return explain(message, corrected(tokens, flag, flag, front));
  }
  const nearest = nearestFlag(flag, [...front, ...COMMAND_FLAGS]);
  if (nearest !== undefined) {
    const meant = reworded(flag, `--${nearest}${/=.*$/s.exec(flag.text)?.[0] ?? ''}`);
    return explain(
      `Unknown flag ${quote(flag.text)}. Did you mean --${nearest}?`,
      corrected(tokens, flag, meant, front),
    );
  }
  const rest = tokens.filter((token) => token !== flag);
  const request = requestOf(rest);
  // A change without the flag could be a different one, such as without --dry-run.
  const isHarmless = request !== undefined && !('dryRun' in request);
  return misread(unknownFlag(flag, front).message, isHarmless ? typedAgain(rest) : '--help');
}

/** The line with the corrected flag, after the command if it is a command's flag. */
function corrected(tokens: readonly Token[], flag: Token, meant: Token, front: readonly FlagSyntax[]): Line {
  const at = tokens.indexOf(flag);
  if (isKnownFlag(meant, front)) return tokens.with(at, meant);
  const end = at + (takesNext(meant, COMMAND_FLAGS) ? 2 : 1);
  return [...tokens.slice(0, at), ...tokens.slice(end), meant, ...tokens.slice(at + 1, end)];
}
