import { matrixOf } from './matrix.ts';
import { SPREADS } from './spreads.ts';

await matrixOf(SPREADS.spread, SPREADS.back);
