/** The part of an object that a request writes: all but the status, or the part of a subresource. */
export type Part = 'main' | 'status' | 'binding' | 'finalize' | 'ephemeralcontainers' | 'resize';
