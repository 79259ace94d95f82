/** QR codes as people need them outside the kiosk: in a terminal window, as PNG and as SVG. */
import { createCanvas } from '@napi-rs/canvas';
import { encodeQR } from 'qr';

/** Rows of modules, true is dark; square, quiet zone included. */
export type QrModules = readonly (readonly boolean[])[];

/** ISO/IEC 18004: four modules of quiet zone on each side. */
const quietModules = 4;
/** Pixels per module: large enough for print, small enough to send. */
const scale = 8;

/** The text has to fit a QR symbol, which every payload that was checked does. */
export function qrModules(text: string): QrModules {
  return encodeQR(text, 'raw', { ecc: 'medium', border: quietModules });
}

/** Two modules a character. `colour` makes dark on light of it whatever the colours of the terminal. */
export function drawForTerminal(modules: QrModules, colour: boolean): string {
  const lines: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const upper = modules[y] ?? [];
    const lower = modules[y + 1] ?? [];
    const cells = upper.map((dark, x) => {
      if (dark) return lower[x] === true ? '█' : '▀';
      return lower[x] === true ? '▄' : ' ';
    });
    const line = cells.join('');
    lines.push(colour ? `\u001b[38;2;0;0;0;48;2;255;255;255m${line}\u001b[0m` : line);
  }
  return lines.join('\n');
}

/** One path of unit squares; crisp at any size. */
export function drawSvg(modules: QrModules): string {
  const size = modules.length;
  const squares = modules.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const box = `viewBox="0 0 ${size} ${size}" width="${size * scale}" height="${size * scale}"`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${box} shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${squares.join('')}"/></svg>\n`
  );
}

export function drawPng(modules: QrModules): Uint8Array {
  const size = modules.length * scale;
  const canvas = createCanvas(size, size);
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, size, size);
  context.fillStyle = '#000';
  for (const [y, row] of modules.entries()) {
    for (const [x, dark] of row.entries()) if (dark) context.fillRect(x * scale, y * scale, scale, scale);
  }
  return canvas.toBuffer('image/png');
}
