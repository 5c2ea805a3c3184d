// What a build says while it runs. Always on stderr: stdout is for results. A terminal gets bars,
// anything else gets one plain line for each thing that was done.
import cliProgress from "cli-progress";

export interface Task {
  update(done: number, total: number): void;
  end(note?: string): void;
}

export interface Progress {
  start(label: string): Task;
  note(line: string): void;
  close(): void;
}

export const silent: Progress = {
  start: () => ({ update: () => {}, end: () => {} }),
  note: () => {},
  close: () => {},
};

export function stderrProgress(): Progress {
  return process.stderr.isTTY ? bars() : lines((line) => process.stderr.write(`${line}\n`));
}

export function lines(write: (line: string) => void): Progress {
  return {
    start(label) {
      const began = performance.now();
      write(`${label} ...`);
      return { update: () => {}, end: (note) => write(`${label}: ${note ?? "done"} (${seconds(began)})`) };
    },
    note: write,
    close: () => {},
  };
}

function bars(): Progress {
  const screen = new cliProgress.MultiBar(
    {
      stream: process.stderr,
      format: "{label} {bar} {percentage}% {state}",
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      fps: 8,
    },
    cliProgress.Presets.shades_classic,
  );
  return {
    start(label) {
      const began = performance.now();
      const bar = screen.create(1, 0, { label: label.padEnd(44), state: "" });
      const clock = setInterval(() => bar.update({ state: seconds(began) }), 500);
      clock.unref();
      return {
        update(done, total) {
          bar.setTotal(total);
          bar.update(done, { state: seconds(began) });
        },
        end(note) {
          clearInterval(clock);
          bar.update(bar.getTotal(), { state: `${seconds(began)}${note === undefined ? "" : ` ${note}`}` });
          bar.stop();
        },
      };
    },
    note: (line) => screen.log(`${line}\n`),
    close: () => screen.stop(),
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
