// A fresh process as Lambda starts it: loads the function of a file, sends it one event, and prints times in ms and memory in MB.
const [file, event] = process.argv.slice(2);
const context = { awsRequestId: 'cold-start', getRemainingTimeInMillis: () => 60_000 };

const startedAt = performance.now();
const spentBefore = process.cpuUsage();
const { handler } = require(file);
const loadMs = performance.now() - startedAt;
const spent = process.cpuUsage(spentBefore);
const processorMs = (spent.user + spent.system) / 1000;
const megabytes = () => process.memoryUsage.rss() / 1024 / 1024;
const loadedMb = megabytes();
handler(JSON.parse(event), context).then((answer) => {
  const answerMs = performance.now() - startedAt;
  const measured = { loadMs, processorMs, answerMs, loadedMb, answeredMb: megabytes(), answer };
  process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit());
});
