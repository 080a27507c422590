import { GATES } from './gates.ts';
import { matrixOf } from './matrix.ts';

await matrixOf(GATES.on, GATES.onByTemplate);
