import { type FormatText, formatter } from '../command/format.ts';
import { type Grammar, grammarOf } from '../command/grammar.ts';
import { type HelpText, helpOf } from '../command/help.ts';
import type { CommandSyntax } from '../command/syntax.ts';
import { READS } from './reads.ts';
import { OPERATIONS } from './table.ts';

/** Every command, in the order of the help. */
const { list, ...otherReads } = READS;
const COMMANDS: readonly CommandSyntax[] = [list, ...OPERATIONS, ...Object.values(otherReads)];

const grammar: Grammar = grammarOf(COMMANDS);
export const { commands, commandNames, isCommand, parse, parseTokens } = grammar;
/** What to type for a request, without the `/rng` or `pitlane rng` in front. It is read back as the same request. */
export const format: FormatText = formatter(grammar);
export const help: HelpText = helpOf(COMMANDS);
