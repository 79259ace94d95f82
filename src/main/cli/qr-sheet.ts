/** A sheet of A5 to print and stand on the counter: the shop's static code with the name and account that it pays to. */
import type { QrModules } from './qr-drawing.ts';

export interface Sheet {
  readonly modules: QrModules;
  /** As the shop writes it; may be empty. */
  readonly name: string;
  readonly bank: string;
  readonly account: string;
}

/** Millimetres. */
const page = { width: 148, height: 210 };
const code = { top: 52, side: 100 };
/** Widest line, and the share of its size that a letter of an ordinary font takes at most. */
const lineWidth = 132;
const letter = 0.62;

export function drawSheet({ modules, name, bank, account }: Sheet): string {
  const left = (page.width - code.side) / 2;
  const scale = code.side / modules.length;
  const squares = modules.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const under = code.top + code.side;
  const lines = [
    text(name, 24, 12, 'bold'),
    text('Quét mã để trả · Scan to pay', 42, 7, 'normal'),
    text(bank, under + 16, 8, 'bold'),
    text(account, under + 28, 9, 'bold'),
    text('Nhập đúng số tiền · Type the exact amount', under + 42, 5.5, 'normal'),
    text('Đã trả khi thu ngân báo đã nhận · Paid once the cashier says so', under + 50, 4.5, 'normal'),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${page.width}mm" height="${page.height}mm" ` +
    `viewBox="0 0 ${page.width} ${page.height}"><path fill="#fff" d="M0 0h${page.width}v${page.height}H0z"/>` +
    `<path transform="translate(${left} ${code.top}) scale(${scale})" shape-rendering="crispEdges" d="${squares.join('')}"/>` +
    `<g font-family="sans-serif" text-anchor="middle">${lines.join('')}</g></svg>\n`
  );
}

/** One line, smaller if it would not fit the page. */
function text(content: string, bottom: number, largest: number, weight: string): string {
  const size = Math.min(largest, lineWidth / (Math.max(1, content.length) * letter));
  const where = `x="${page.width / 2}" y="${bottom}" font-size="${size.toFixed(2)}" font-weight="${weight}"`;
  return content === '' ? '' : `<text ${where}>${escaped(content)}</text>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(content: string): string {
  return content.replaceAll(/[&<>"]/g, (character) => entities[character] ?? '');
}
