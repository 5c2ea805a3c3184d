// Mocha's spec reporter, which also leaves in files, for .ci/run and .ci/test.ts to read, the real counts and how long
// each test file took. CommonJS because mocha loads a reporter named in a configuration with require().
"use strict";
const { writeFileSync } = require("node:fs");
const { relative, sep } = require("node:path");
const { reporters, Runner } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { EVENT_HOOK_END, EVENT_RUN_END, EVENT_TEST_END } = Runner.constants;
    const milliseconds = new Map();
    const add = ({ file, duration }) => {
      if (file === undefined) return;
      const path = relative(process.cwd(), file).split(sep).join("/");
      milliseconds.set(path, (milliseconds.get(path) ?? 0) + (duration ?? 0));
    };
    runner.on(EVENT_TEST_END, add);
    runner.on(EVENT_HOOK_END, add);
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const write = (file, value) => file !== undefined && writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
      write(process.env.TACIT_TEST_COUNTS, { passed: passes, failed: failures, skipped: pending });
      write(process.env.TACIT_TEST_TIMES, Object.fromEntries([...milliseconds].sort()));
    });
  }
};
