import { writeFileSync } from 'node:fs';
import { jsonSchema } from './schema.ts';

/** `npm run schema`: writes the JSON Schema of pitlane.yaml. */
writeFileSync(new URL('../../pitlane.schema.json', import.meta.url), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
