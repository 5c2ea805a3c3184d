// Loaded by each process that runs test files. What the runner gives it to load TypeScript with is not for the programs
// that tests start: these run as they run for anybody.
delete process.env.NODE_OPTIONS;
