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

function lines(write: (line: string) => void): Progress {
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

/** One bar at a time, since the stages of a build follow each other. */
function bars(): Progress {
  let stopActive: (() => void) | undefined;
  let later: string[] = [];
  const write = (line: string): void => {
    if (stopActive === undefined) process.stderr.write(`${line}\n`);
    else later.push(line);
  };
  return {
    start(label) {
      stopActive?.();
      const began = performance.now();
      const bar = new cliProgress.SingleBar(
        {
          stream: process.stderr,
          format: "{label} {bar} {percentage}% {state}",
          barsize: 24,
          hideCursor: true,
          fps: 8,
        },
        cliProgress.Presets.shades_classic,
      );
      bar.start(1, 0, { label: label.padEnd(36), state: "" });
      const clock = setInterval(() => bar.update({ state: seconds(began) }), 500);
      const stop = (): void => {
        clearInterval(clock);
        bar.stop();
        stopActive = undefined;
        for (const line of later) write(line);
        later = [];
      };
      stopActive = stop;
      return {
        update(done, total) {
          if (bar.getTotal() !== total) bar.setTotal(total);
          bar.update(done, { state: seconds(began) });
        },
        end(note) {
          bar.update(bar.getTotal(), { state: `${seconds(began)}${note === undefined ? "" : `, ${note}`}` });
          stop();
        },
      };
    },
    note: write,
    close: () => stopActive?.(),
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
