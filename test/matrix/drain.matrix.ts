import { matrixOf } from './matrix.ts';
import { DRAIN } from './operations.ts';

await matrixOf(DRAIN);
