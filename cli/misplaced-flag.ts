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
 * A flag in front of the service that does not belong there: one of a command, one that is mistyped, or one that nobody
 * knows. `front`: the flags that may stand there. `requestOf`: what a line asks for, if it can be read.
 */
export function misplacedFlag(
  tokens: readonly Token[],
  flag: Token,
  front: readonly FlagSyntax[],
  requestOf: (line: Line) => Request | undefined,
): Misread {
  const told = (message: string, line: Line) =>
    misread(message, requestOf(line) === undefined ? '--help' : typedAgain(line));
  if (isKnownFlag(flag, COMMAND_FLAGS)) {
    const owners = commands.filter((command) => isKnownFlag(flag, flagsOf(command))).map(({ name }) => name);
    const message = `${quote(flag.text)} is a flag of ${alternatives(owners, 'and')}, expected behind the command.`;
    return told(message, corrected(tokens, flag, flag, front));
  }
  const nearest = nearestFlag(flag, [...front, ...COMMAND_FLAGS]);
  if (nearest !== undefined) {
    const meant = reworded(flag, `--${nearest}${/=.*$/s.exec(flag.text)?.[0] ?? ''}`);
    return told(`There is no flag ${quote(flag.text)}, expected --${nearest}.`, corrected(tokens, flag, meant, front));
  }
  const rest = tokens.filter((token) => token !== flag);
  const request = requestOf(rest);
  // The flag may have been a restraint, without which a change would be another one.
  const isHarmless = request !== undefined && !('dryRun' in request);
  return misread(unknownFlag(flag, front).message, isHarmless ? typedAgain(rest) : '--help');
}

/** The line with the flag that was meant, behind the command if it is one of a command. */
function corrected(tokens: readonly Token[], flag: Token, meant: Token, front: readonly FlagSyntax[]): Line {
  const at = tokens.indexOf(flag);
  if (isKnownFlag(meant, front)) return tokens.with(at, meant);
  const end = at + (takesNext(meant, COMMAND_FLAGS) ? 2 : 1);
  return [...tokens.slice(0, at), ...tokens.slice(end), meant, ...tokens.slice(at + 1, end)];
}
