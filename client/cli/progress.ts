import cliProgress from "cli-progress";

/** On standard error, where it is a terminal. */
export function progressBar(label: string): { update: (done: number, of: number) => void; end: () => void } {
  if (!process.stderr.isTTY) return { update: () => {}, end: () => {} };
  const bar = new cliProgress.SingleBar(
    { format: `${label} [{bar}] {percentage} %  {eta_formatted} left`, stream: process.stderr, hideCursor: true },
    cliProgress.Presets.legacy,
  );
  let started = false;
  return {
    update(done, of) {
      if (!started) bar.start(of, done);
      started = true;
      bar.update(done);
    },
    end: () => {
      if (started) bar.stop();
    },
  };
}
