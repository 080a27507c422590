import type { Field } from './fields.ts';
import type { FlagSyntax } from './flags.ts';

/** How a command is typed, and what help says of it. */
export interface CommandSyntax {
  /** One or two words: `drain`, `gate on`. */
  readonly name: string;
  /** In the order in which they are written. */
  readonly fields: readonly Field[];
  readonly help: Help;
  /** What people type who know other tools. */
  readonly aliases?: readonly string[];
  /** It needs no service in front of it. */
  readonly isAboutAll?: true;
  /** Pairs of flags that exclude each other, with the reason; the second one is taken out of the suggestion. */
  readonly exclusive?: readonly { readonly flags: readonly [string, string]; readonly message: string }[];
}

export interface Help {
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

/** What may follow the command's name. */
export function usageOf({ fields }: CommandSyntax): string {
  return fields
    .map(({ usage }) => usage)
    .filter((usage) => usage !== '')
    .join(' ');
}
