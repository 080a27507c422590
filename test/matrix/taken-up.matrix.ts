import { matrixOf } from './matrix.ts';
import { OPERATIONS } from './operations.ts';

await matrixOf(OPERATIONS.drainTakenUp);
await matrixOf(OPERATIONS.drainGoneOnWith);
await matrixOf(OPERATIONS.restoreGoneOnWith);
