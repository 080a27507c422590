import fc from 'fast-check';

/** How many random cases a property test tries. PROPERTY_RUNS sets it for all of them: `PROPERTY_RUNS=2000 npm test`. */
export function propertyRuns(usual: number): { readonly numRuns: number } {
  const { PROPERTY_RUNS } = process.env;
  return { numRuns: PROPERTY_RUNS === undefined ? usual : Number(PROPERTY_RUNS) };
}

/** Any code point but surrogates. fast-check's `binary` is the same, but first fills a map with a million of them. */
export const codePoint: fc.Arbitrary<string> = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
