import { matrixOf } from './matrix.ts';
import { OPERATIONS } from './operations.ts';

await matrixOf(OPERATIONS.drainTakenUp, OPERATIONS.drainGoneOnWith, OPERATIONS.restoreGoneOnWith);
