import { matrixOf } from './matrix.ts';
import { OPERATIONS } from './operations.ts';

await matrixOf(OPERATIONS.cancel);
await matrixOf(OPERATIONS.cancelOfLeft);
