// For any version of Node: old ones have to read this file to say which one is needed.
var MIN_NODE_VERSION = 22;

module.exports = function start(program) {
  if (Number(process.versions.node.split('.')[0]) < MIN_NODE_VERSION) {
    process.stderr.write(`Pitlane needs Node ${MIN_NODE_VERSION} or newer, but this is ${process.version}.\n`);
    process.exit(1);
  }
  process.env.PITLANE_PROGRAM = program;
  require('./code-cache.cjs');
};
