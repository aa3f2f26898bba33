// Loaded into a child process that was not written to notice that its parent is gone.
process.once('disconnect', () => process.exit());
