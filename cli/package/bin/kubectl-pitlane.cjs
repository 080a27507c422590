#!/usr/bin/env node
// kubectl runs it for `kubectl pitlane`.
require('../lib/start.cjs')('kubectl pitlane');
