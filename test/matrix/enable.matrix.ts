import { matrixOf } from './matrix.ts';
import { OPERATIONS } from './operations.ts';

await matrixOf(OPERATIONS.enable, OPERATIONS.enableAtItsEnd);
