import { writeFileSync } from 'node:fs';
import { runbookSchema } from '../functions/runbook-input.ts';

/** `npm run schema`: writes the JSON Schema of runbook requests, for authors and for tools that validate runbooks. */
writeFileSync(new URL('./runbook.schema.json', import.meta.url), `${JSON.stringify(runbookSchema(), null, 2)}\n`);
