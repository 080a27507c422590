/** The names and numbers of a finding or an effect, for programs. The pod itself is not among them. */
export type Facts = Readonly<
  Record<string, string | number | boolean | readonly string[] | Readonly<Record<string, readonly string[]>>>
>;

/** Something else that changes, or that does not. */
export interface Effect {
  /** Stable, PascalCase. */
  readonly code: string;
  /** One sentence or two, with the names and numbers. */
  readonly message: string;
  readonly facts?: Facts;
}

export function effect(code: string, message: string, facts?: Facts): Effect {
  return { code, message, ...(facts && { facts }) };
}

export function messagesOf(effects: readonly Effect[]): readonly string[] {
  return effects.map(({ message }) => message);
}
