import { CANARIES } from './canaries.ts';
import { matrixOf } from './matrix.ts';

await matrixOf(CANARIES.stop, CANARIES.end);
