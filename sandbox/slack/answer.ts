/** The answer of an API method: `ok: false` with Slack's error code when it refuses. */
export type Answer = { readonly ok: boolean; readonly error?: string } & Readonly<Record<string, unknown>>;
