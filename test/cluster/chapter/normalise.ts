/** Kubernetes' alphabet for generated names (apimachinery rand.SafeEncodeString): no vowels, nothing to misread. */
const safe = '[bcdfghjklmnpqrstvwxz2456789]';

const generated: readonly (readonly [pattern: RegExp, placeholder: string])[] = [
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
  [/(resourceVersion\\?"?: ?\\?"?)\d+/g, '$1<version>'],
  [/(Port: )\d{5}\b/g, '$1<port>'],
  // Depends on how many changes of readiness the controller handles at once.
  [/endpoints\.kubernetes\.io\/last-change-trigger-time: <time>/g, '<none>'],
  // The progress of a rollout depends on the moment at which kubectl looks.
  [/^Waiting for .* (rollout to finish: .*|spec update to be observed\.\.\.)\n/gm, ''],
  [/:\/\/[0-9a-f]{64}\b/g, '://<id>'],
  [/kubectl-edit-\d+/g, 'kubectl-edit-<id>'],
  // Names of Events: the object's and a number.
  [/\.[0-9a-f]{16}\b/g, '.<id>'],
  [new RegExp(`((?:template|revision)-hash["']?[=:] ?"?)${safe}{5,10}\\b`, 'g'), '$1<hash>'],
  [new RegExp(`\\b([a-z][a-z0-9-]*?)-${safe}{6,10}-${safe}{5}\\b`, 'g'), '$1-<hash>-<id>'],
  [new RegExp(`\\b([a-z][a-z0-9-]*?)-${safe}{6,10}\\b`, 'g'), '$1-<hash>'],
  [new RegExp(`\\b([a-z][a-z0-9-]*?)-${safe}{5}\\b`, 'g'), '$1-<id>'],
  // A hash alone in a column for its label.
  [new RegExp(`(?<=\\s)${safe}{8,10}(?=\\s)`, 'g'), '<hash>'],
  [/\b10\.\d+\.\d+\.\d+\b/g, '<ip>'],
  [/\b3[0-2]\d{3}\b/g, '<nodeport>'],
  // The scheduler may take either worker; the sections assert that DaemonSets use both.
  [/\bnode[12]\b/g, '<worker>'],
  // Counts of repeated events, and ages, but not the `300s` of a toleration.
  [/ \(x\d+ over [0-9a-z]+\)/g, ''],
  [/(?<!for )\b(\d+[dhms])+\b/g, '<age>'],
];

/**
 * Makes the output of two clusters comparable: placeholders replace generated values and ages, columns are two spaces
 * apart, and rows whose order depends on a generated name are sorted.
 */
export function normalise(output: string, stateDir: string): string {
  let text = output.replaceAll(stateDir, '<dir>');
  text = text.replace(quotedObject, (_, object) => `Invalid value: ${comparable(object)}:`);
  for (const [pattern, placeholder] of generated) text = text.replace(pattern, placeholder);
  text = text.replace(repairs, '').replace(onlyHeader, 'Events:  <none>');
  const lines = text.split('\n').map((line) => line.replace(/(?<=\S)(\t| {2,})\s*/g, '  ').trimEnd());
  return sortedTables(lines).join('\n').replace(endpoints, sortedEndpoints).trim();
}

/** The allocator of the real API server may look for the address of a new Service before it is recorded (repair.go). */
const repairs = /^.*\bClusterIPNotAllocated\b.*\n?/gm;
const onlyHeader = /^Events:\n.*\bReason\b.*\n[ -]+\n(?! )/gm;

const quotedObject = /Invalid value: "(\{(?:\\.|[^"\\])*\})":/g;

/**
 * A whole object within a message. The embedded server has no managedFields, and keeps the order in which a client sent
 * the fields.
 */
function comparable(quoted: string): string {
  const object = JSON.parse(JSON.parse(`"${quoted}"`));
  delete object.metadata?.managedFields;
  return JSON.stringify(sorted(object));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, sorted(field)]));
}

const header = /^(NAMESPACE|NAME|LAST SEEN|EVENT|POD)( |$)|^ {2}(Type {2}Reason|Namespace {2}Name) /;
const generatedName = /^[a-z.]+\/\S*<(id|hash)>( |$)/;

/** Sorts the rows below each header, and runs of lines such as `pod/rng-b85tm labeled`; removes repeated events. */
function sortedTables(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const isHeader = header.test(line);
    if (!isHeader && !isNamed(line)) {
      result.push(line);
      at += 1;
      continue;
    }
    if (isHeader) {
      result.push(line);
      at += 1;
      if (/^ *-{2,}/.test(lines[at] ?? '')) result.push(lines[at++] ?? '');
    }
    const end = lines.findIndex((row, index) => index >= at && !(isHeader ? isRow(row, line) : isNamed(row)));
    const rows = lines.slice(at, end === -1 ? lines.length : end).toSorted();
    result.push(...(/Reason/i.test(line) ? new Set(rows) : rows));
    at += rows.length;
  }
  return result;
}

/** The endpoints in `kubectl describe endpointslice`, which have no fixed order. */
const endpoints = /(^ {2}- Addresses: .*\n( {4}.*\n?)+)+/gm;

function sortedEndpoints(text: string): string {
  const blocks = text.split(/^(?= {2}- )/m).map((block) => `${block.trimEnd()}\n`);
  return blocks.toSorted().join('');
}

function isRow(row: string, head: string): boolean {
  return row.trim() !== '' && indent(row) === indent(head);
}

function isNamed(line: string): boolean {
  return generatedName.test(line);
}

function indent(line: string): number {
  return line.length - line.trimStart().length;
}
