import type { Field } from './fields.ts';
import type { FlagSyntax } from './flags.ts';

/** The words and flags of a command, and its help. */
export interface CommandSyntax {
  /** One or two words: `drain`, `gate on`. */
  readonly name: string;
  /** In the order in which they are written. */
  readonly fields: readonly Field[];
  readonly help: Help;
  /** Names from other tools, for suggestions. */
  readonly aliases?: readonly string[];
  /** It needs no service. */
  readonly isAboutAll?: true;
  /** It changes something without being an operation, so it has no dry run. */
  readonly makesChanges?: true;
  /** Pairs of flags that exclude each other. The suggestion omits the second one. */
  readonly exclusive?: readonly { readonly flags: readonly [string, string]; readonly message: string }[];
}

interface Help {
  /** Half a line, for the overview. */
  readonly summary: string;
  readonly description: string;
  /** The task in words, then the command without its prefix. */
  readonly examples: readonly (readonly [task: string, command: string])[];
}

export function flagsOf({ fields }: CommandSyntax): readonly FlagSyntax[] {
  return fields.flatMap(({ flags }) => flags);
}

export function hasField({ fields }: CommandSyntax, key: string): boolean {
  return fields.some(({ values }) => values.some((value) => value.key === key));
}

/** The usage after the command's name. */
export function usageOf({ fields }: CommandSyntax): string {
  return fields
    .map(({ usage }) => usage)
    .filter((usage) => usage !== '')
    .join(' ');
}
