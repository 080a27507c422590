import { matrixOf } from './matrix.ts';
import { SCHEDULES } from './schedules.ts';

await matrixOf(SCHEDULES.add, SCHEDULES.remove, SCHEDULES.kept);
