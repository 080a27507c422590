import { type FormatText, formatter } from '../command/format.ts';
import { type Grammar, grammarOf } from '../command/grammar.ts';
import { type HelpText, helpOf } from '../command/help.ts';
import type { CommandSyntax } from '../command/syntax.ts';
import { READS } from './reads.ts';
import { OPERATIONS } from './table.ts';
import { undo } from './undo.ts';

/** Every command, in the order of the help. */
const { list, ...otherReads } = READS;
const COMMANDS: readonly CommandSyntax[] = [list, ...OPERATIONS, undo, ...Object.values(otherReads)];

const grammar: Grammar = grammarOf(COMMANDS);
export const { commands, commandNames, isCommand, parse, parseTokens, serviceAfterCommand } = grammar;
/** The request as text, without `/rng` or `pitlane rng`. `parse` reads it back as the same request. */
export const format: FormatText = formatter(grammar);
export const help: HelpText = helpOf(COMMANDS);
