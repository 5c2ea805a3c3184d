/**
 * How colours, as `#rrggbb`, look to people; who sees two of three colours as Machado, Oliveira and Fernandes model it
 * (2009).
 */
const SIGHT: Readonly<Record<string, readonly number[]>> = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

const linear = (hex: string): number[] =>
  [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
const through = (matrix: readonly number[], colour: readonly number[]): number[] =>
  [0, 3, 6].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        colour.reduce((sum, part, i) => sum + matrix[row + i]! * part, 0),
      ),
    ),
  );
const luminance = ([r, g, b]: readonly number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

/** CIE L*a*b*, in which equal distances look about equally large. */
function lab([r, g, b]: readonly number[]): [number, number, number] {
  const root = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = root((0.4124564 * r! + 0.3575761 * g! + 0.1804375 * b!) / 0.95047);
  const y = root(luminance([r!, g!, b!]));
  const z = root((0.0193339 * r! + 0.119192 * g! + 0.9503041 * b!) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** The least distance of two of the colours for anybody; below some 15 they are mistaken for each other. */
export function leastDifference(colours: readonly string[]): number {
  const distances = Object.values(SIGHT).flatMap((matrix) => {
    const seen = colours.map((colour) => lab(through(matrix, linear(colour))));
    return seen.flatMap((a, i) => seen.slice(i + 1).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])));
  });
  return Math.min(...distances);
}

/** WCAG's contrast of two colours, 1 to 21; lines and symbols want 3, text 4.5. */
export function contrast(one: string, other: string): number {
  const [darker, lighter] = [one, other].map((colour) => luminance(linear(colour))).sort((a, b) => a - b);
  return (lighter! + 0.05) / (darker! + 0.05);
}
