/** What a request may write: everything but the status, or the part that a subresource is for. */
export type Part = 'main' | 'status' | 'binding' | 'finalize' | 'ephemeralcontainers' | 'resize';
