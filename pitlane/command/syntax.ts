import type { Arguments, FlagSyntax } from './flags.ts';
import type { Token } from './tokens.ts';

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
  /** With `-o yaml` it is this command instead, which only reads: it prints what the other would create. */
  readonly manifest?: string;
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

export type Values = Readonly<Record<string, unknown>>;

/** The words and flags of a command, not yet read. All functions below throw a MisreadError for input that is wrong. */
export interface Given extends Arguments {
  /** The values of the fields before. */
  readonly values: Values;
  readonly reason?: string;
  /** Everything that was typed except the command's name, in order. */
  readonly typed: readonly Token[];
  /** `because` and the words of the reason. */
  readonly reasonTokens: readonly Token[];
  /** Flags of the door, such as `--namespace`: a suggested command needs them too. */
  readonly doorTokens: readonly Token[];
}

/** The valid values, for programs that send them, and for records that are read back. */
export type Form =
  | { readonly type: 'flag' }
  | NameForm
  | { readonly type: 'names'; readonly of: NameForm; readonly most: number; readonly expected: string }
  | { readonly type: 'selector' }
  | { readonly type: 'duration' }
  | { readonly type: 'text'; readonly most: number; readonly expected: string }
  | { readonly type: 'number'; readonly least: number; readonly most: number; readonly otherwise: number };

export interface NameForm {
  readonly type: 'name';
  readonly pattern: RegExp;
  readonly expected: string;
}

/** A value of a request, and its name for programs. */
export interface Value {
  readonly key: string;
  /** Its name in a runbook's input; absent: it is for people only. */
  readonly name?: string;
  readonly form: Form;
  /** For the authors of runbooks. */
  readonly about: string;
  /** A program has to send it. */
  readonly isRequired?: true;
}

/** A part of a command: reads it, writes it, and checks it in requests of programs and in records. */
export interface Field {
  readonly flags: readonly FlagSyntax[];
  /** Shown in help; empty: not shown. */
  readonly usage: string;
  /** It takes the remaining words, or the first of them. */
  readonly isPositional?: true;
  readonly values: readonly Value[];
  /**
   * Throws a MisreadError. Undefined values are absent. `words`: those that are left for other fields; absent: all.
   *
   * @param names of all commands
   */
  read(
    given: Given,
    command: CommandSyntax,
    names: readonly string[],
  ): { readonly values: Values; readonly words?: readonly Token[] };
  /** The value as text; undefined: it is not written. */
  format(request: Values, command: CommandSyntax): string | undefined;
  /** Values for other people and for records, in place of those that may be secret. Absent: none is. */
  conceal?(request: Values): Values;
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
