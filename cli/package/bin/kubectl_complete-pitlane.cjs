#!/usr/bin/env node
// kubectl runs it for the words after `kubectl pitlane`, when a person presses Tab.
process.argv.splice(2, 0, '__complete');
require('../lib/start.cjs')('kubectl pitlane');
